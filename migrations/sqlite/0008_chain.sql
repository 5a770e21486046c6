-- Format 8: texts of entities are found by any part of them, and deliveries are counted by state.

-- Where an entity stands in the index below. Derived from `entities` and written with them; opening
-- the file adds what is not there, and makes all of it anew where it does not hold what it should.
CREATE TABLE entity_texts (
    position INTEGER PRIMARY KEY,
    entity_id BLOB NOT NULL UNIQUE REFERENCES entities (id)
) STRICT;
-- Every three characters in a row of every normal form, in an alphabet of its kind. It keeps no text.
CREATE VIRTUAL TABLE entity_grams USING fts5 (
    text, content = '', columnsize = 0, tokenize = 'trigram'
);

CREATE INDEX deliveries_by_state_and_time ON deliveries (state, created_at);
