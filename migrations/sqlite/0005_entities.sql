-- Format 5: entities, the events between them, and the tables that they were read from.

-- One row a normal form of a kind, in however many cases it occurs.
CREATE TABLE entities (
    id BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 16),
    kind TEXT NOT NULL CHECK (kind IN ('phone', 'account', 'device', 'cell', 'address', 'app', 'url',
        'organisation', 'person')),
    normalised TEXT NOT NULL CHECK (normalised <> ''),
    written TEXT NOT NULL,
    -- JSON list of codes.
    warnings TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    UNIQUE (kind, normalised)
) STRICT;
CREATE INDEX entities_by_value ON entities (normalised);

CREATE TABLE case_entities (
    case_id BLOB NOT NULL REFERENCES cases (id),
    entity_id BLOB NOT NULL REFERENCES entities (id),
    kind TEXT NOT NULL,
    written TEXT NOT NULL,
    note TEXT,
    added_by TEXT,
    events INTEGER NOT NULL CHECK (events >= 0),
    created_at INTEGER NOT NULL,
    PRIMARY KEY (case_id, entity_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX case_entities_by_entity ON case_entities (entity_id, case_id);
CREATE INDEX case_entities_by_time ON case_entities (case_id, created_at, entity_id);
CREATE INDEX case_entities_by_kind ON case_entities (case_id, kind, created_at, entity_id);
CREATE INDEX case_entities_by_events ON case_entities (case_id, events);

-- Numbers of a recording; when the call began is repeated, so that an event finds its recording by
-- number and time in one step.
CREATE TABLE recording_entities (
    recording_id BLOB NOT NULL REFERENCES recordings (id),
    role TEXT NOT NULL CHECK (role IN ('from', 'to')),
    entity_id BLOB NOT NULL REFERENCES entities (id),
    started_at INTEGER,
    PRIMARY KEY (recording_id, role)
) STRICT, WITHOUT ROWID;
CREATE INDEX recording_entities_by_entity ON recording_entities (entity_id, started_at);
-- Whether the numbers of a recording were read; those of older formats were not.
ALTER TABLE recordings ADD COLUMN parties_read INTEGER NOT NULL DEFAULT 0
    CHECK (parties_read IN (0, 1));
CREATE INDEX recordings_unread_parties ON recordings (created_at, id)
    WHERE parties_read = 0 AND (caller IS NOT NULL OR callee IS NOT NULL);

CREATE TABLE imports (
    id BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 16),
    case_id BLOB NOT NULL REFERENCES cases (id),
    kind TEXT NOT NULL CHECK (kind IN ('call', 'transfer', 'login', 'movement')),
    filename TEXT NOT NULL,
    sha256 BLOB NOT NULL CHECK (length(sha256) = 32),
    size_bytes INTEGER NOT NULL CHECK (size_bytes >= 0),
    mapping TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('pending', 'done', 'failed', 'cancelled')),
    failure_code TEXT,
    failure_detail TEXT,
    rows_total INTEGER NOT NULL CHECK (rows_total >= 0),
    rows_read INTEGER NOT NULL CHECK (rows_read >= 0),
    added INTEGER NOT NULL CHECK (added >= 0),
    duplicates INTEGER NOT NULL CHECK (duplicates >= 0),
    refused INTEGER NOT NULL CHECK (refused >= 0),
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    CHECK (rows_read = added + duplicates + refused),
    CHECK ((failure_code IS NULL) = (failure_detail IS NULL))
) STRICT;
CREATE INDEX imports_by_time ON imports (created_at, id);
CREATE INDEX imports_by_case ON imports (case_id, created_at, id);
CREATE INDEX imports_by_bytes ON imports (sha256, case_id);

-- The first rows that are no events; `imports.refused` counts all.
CREATE TABLE import_errors (
    import_id BLOB NOT NULL REFERENCES imports (id),
    position INTEGER NOT NULL CHECK (position >= 0),
    line INTEGER NOT NULL CHECK (line >= 1),
    field TEXT NOT NULL,
    found TEXT NOT NULL,
    expected TEXT NOT NULL,
    PRIMARY KEY (import_id, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE events (
    position INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
    case_id BLOB NOT NULL REFERENCES cases (id),
    kind TEXT NOT NULL CHECK (kind IN ('call', 'transfer', 'login', 'movement')),
    at INTEGER NOT NULL,
    duration_ms INTEGER CHECK (duration_ms >= 0),
    -- Money in whole units and billionths of one: sums of both are exact.
    amount_whole INTEGER CHECK (amount_whole >= 0),
    amount_nanos INTEGER CHECK (amount_nanos BETWEEN 0 AND 999999999),
    currency TEXT,
    reference TEXT,
    import_id BLOB NOT NULL REFERENCES imports (id),
    line INTEGER NOT NULL CHECK (line >= 1),
    raw TEXT NOT NULL,
    content_key BLOB NOT NULL CHECK (length(content_key) = 16),
    CHECK ((amount_whole IS NULL) = (amount_nanos IS NULL)),
    CHECK ((amount_whole IS NULL) = (currency IS NULL))
) STRICT;
-- The time comes before the key, so that a table in order of time goes in at one place.
CREATE UNIQUE INDEX events_by_content ON events (case_id, at, content_key);
CREATE INDEX events_by_kind ON events (case_id, kind, at);

CREATE TABLE event_entities (
    event INTEGER NOT NULL REFERENCES events (position),
    role TEXT NOT NULL,
    entity_id BLOB NOT NULL REFERENCES entities (id),
    at INTEGER NOT NULL,
    PRIMARY KEY (event, role)
) STRICT, WITHOUT ROWID;
CREATE INDEX event_entities_by_entity ON event_entities (entity_id, at, event);

-- Events of one kind from one entity to another, added up: the edges of a case graph. Derived from
-- `events` and written with them.
CREATE TABLE event_ties (
    case_id BLOB NOT NULL REFERENCES cases (id),
    from_id BLOB NOT NULL REFERENCES entities (id),
    to_id BLOB NOT NULL REFERENCES entities (id),
    kind TEXT NOT NULL,
    -- Empty where no money goes.
    currency TEXT NOT NULL,
    events INTEGER NOT NULL CHECK (events >= 1),
    duration_ms INTEGER NOT NULL CHECK (duration_ms >= 0),
    amount_whole INTEGER NOT NULL CHECK (amount_whole >= 0),
    amount_nanos INTEGER NOT NULL CHECK (amount_nanos >= 0),
    first_at INTEGER NOT NULL,
    last_at INTEGER NOT NULL,
    PRIMARY KEY (case_id, from_id, to_id, kind, currency)
) STRICT, WITHOUT ROWID;
CREATE INDEX event_ties_by_from ON event_ties (from_id, to_id);
CREATE INDEX event_ties_by_to ON event_ties (to_id, from_id);
CREATE INDEX event_ties_by_events ON event_ties (case_id, events);

-- Events are evidence: once written they stay as they are.
CREATE TRIGGER events_never_change BEFORE UPDATE ON events
BEGIN SELECT RAISE(ABORT, 'an event never changes'); END;
CREATE TRIGGER events_never_go BEFORE DELETE ON events
BEGIN SELECT RAISE(ABORT, 'an event never goes'); END;
CREATE TRIGGER event_entities_never_change BEFORE UPDATE ON event_entities
BEGIN SELECT RAISE(ABORT, 'a party of an event never changes'); END;
CREATE TRIGGER event_entities_never_go BEFORE DELETE ON event_entities
BEGIN SELECT RAISE(ABORT, 'a party of an event never goes'); END;
CREATE TRIGGER entities_never_change BEFORE UPDATE OF id, kind, normalised ON entities
BEGIN SELECT RAISE(ABORT, 'an entity never changes'); END;
CREATE TRIGGER imports_never_change
BEFORE UPDATE OF id, case_id, kind, filename, sha256, size_bytes, mapping, created_at ON imports
BEGIN SELECT RAISE(ABORT, 'an import never changes'); END;
