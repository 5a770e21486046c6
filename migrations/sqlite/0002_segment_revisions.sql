-- Format 2: people revise segments, and voices say what they are fit for.

-- Who made a revision: the analysis, or a person with a reason.
ALTER TABLE segment_revisions ADD COLUMN origin TEXT NOT NULL DEFAULT 'automatic'
    CHECK (origin IN ('automatic', 'edited'));
ALTER TABLE segment_revisions ADD COLUMN author TEXT;
ALTER TABLE segment_revisions ADD COLUMN reason TEXT;

-- A revision is evidence: once written it stays as it is.
CREATE TRIGGER segment_revisions_never_change BEFORE UPDATE ON segment_revisions
BEGIN SELECT RAISE(ABORT, 'a revision of segments never changes'); END;
CREATE TRIGGER segments_never_change BEFORE UPDATE ON segments
BEGIN SELECT RAISE(ABORT, 'a revision of segments never changes'); END;
CREATE TRIGGER segments_never_go BEFORE DELETE ON segments
BEGIN SELECT RAISE(ABORT, 'a revision of segments never goes'); END;

-- The revision that the voices were made from; the newest but while a job makes them anew.
ALTER TABLE recordings ADD COLUMN voices_revision INTEGER CHECK (voices_revision >= 1);
UPDATE recordings SET voices_revision =
    (SELECT max(revision) FROM segment_revisions WHERE recording_id = recordings.id);

-- What a voice is fit for; none for voices of format 1.
ALTER TABLE voices ADD COLUMN suitability TEXT;

-- The probe of a search, and the search that it repeats with newer voices.
ALTER TABLE searches ADD COLUMN probe_voice_id BLOB CHECK (length(probe_voice_id) = 16);
ALTER TABLE searches ADD COLUMN repeats BLOB CHECK (length(repeats) = 16);
CREATE INDEX searches_by_probe ON searches (probe_voice_id, created_at, id);
CREATE INDEX searches_by_repeated ON searches (repeats);
