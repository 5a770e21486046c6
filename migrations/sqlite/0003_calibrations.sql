-- Format 3: the archive keeps its calibrations, and who put which in use and why.

CREATE TABLE calibrations (
    id BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 16),
    name TEXT NOT NULL UNIQUE,
    -- The file as it was added: ratios are made again from nothing else.
    file TEXT NOT NULL,
    sha256 BLOB NOT NULL CHECK (length(sha256) = 32),
    model TEXT NOT NULL,
    -- What makes the scores that it is for: the model and what compensates for channels.
    origin_sha256 BLOB NOT NULL CHECK (length(origin_sha256) = 32),
    state TEXT NOT NULL CHECK (state IN ('available', 'active', 'retired')),
    created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX calibrations_by_time ON calibrations (created_at, id);
-- Answers of one origin are made with one calibration.
CREATE UNIQUE INDEX calibrations_active ON calibrations (origin_sha256) WHERE state = 'active';

CREATE TABLE calibration_changes (
    calibration_id BLOB NOT NULL REFERENCES calibrations (id),
    position INTEGER NOT NULL CHECK (position >= 1),
    state TEXT NOT NULL CHECK (state IN ('available', 'active', 'retired')),
    actor TEXT NOT NULL,
    reason TEXT,
    at INTEGER NOT NULL,
    PRIMARY KEY (calibration_id, position)
) STRICT, WITHOUT ROWID;

-- Answers name calibrations, so what one is never changes; only its state does.
CREATE TRIGGER calibrations_never_change
BEFORE UPDATE OF id, name, file, sha256, model, origin_sha256, created_at ON calibrations
BEGIN SELECT RAISE(ABORT, 'a calibration never changes'); END;
CREATE TRIGGER calibrations_never_go BEFORE DELETE ON calibrations
BEGIN SELECT RAISE(ABORT, 'a calibration never goes'); END;
CREATE TRIGGER calibration_changes_never_change BEFORE UPDATE ON calibration_changes
BEGIN SELECT RAISE(ABORT, 'a change of a calibration never changes'); END;
CREATE TRIGGER calibration_changes_never_go BEFORE DELETE ON calibration_changes
BEGIN SELECT RAISE(ABORT, 'a change of a calibration never goes'); END;
