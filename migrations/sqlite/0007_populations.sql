-- Populations: named sets of voices, frozen as versions, that answers are measured on.

CREATE TABLE populations (
    id BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 16),
    name TEXT NOT NULL UNIQUE,
    description TEXT,
    created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX populations_by_time ON populations (created_at, id);

CREATE TABLE population_versions (
    population_id BLOB NOT NULL REFERENCES populations (id),
    version INTEGER NOT NULL CHECK (version >= 1),
    -- How the voices were chosen, and what came of it.
    selection TEXT NOT NULL,
    facts TEXT NOT NULL,
    -- Of the members, in the order of their ids.
    sha256 BLOB NOT NULL CHECK (length(sha256) = 32),
    model TEXT NOT NULL,
    actor TEXT NOT NULL,
    reason TEXT,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (population_id, version)
) STRICT, WITHOUT ROWID;

-- Repeats what is known of each voice, with its embedding, since voices are replaced when a recording
-- is analysed anew, and a version must stay what it was.
CREATE TABLE population_members (
    population_id BLOB NOT NULL,
    version INTEGER NOT NULL,
    -- Voiceprint.
    id BLOB NOT NULL CHECK (length(id) = 16),
    voice_id BLOB NOT NULL CHECK (length(voice_id) = 16),
    recording_id BLOB NOT NULL CHECK (length(recording_id) = 16),
    recording_sha256 BLOB NOT NULL CHECK (length(recording_sha256) = 32),
    subject_id BLOB CHECK (length(subject_id) = 16),
    bandwidth TEXT NOT NULL CHECK (bandwidth IN ('narrowband', 'wideband')),
    net_speech_ms INTEGER NOT NULL CHECK (net_speech_ms >= 0),
    -- Little-endian f32, unit norm, as the model gave it.
    embedding BLOB NOT NULL CHECK (length(embedding) > 0 AND length(embedding) % 4 = 0),
    created_at INTEGER NOT NULL,
    FOREIGN KEY (population_id, version) REFERENCES population_versions (population_id, version)
) STRICT;
CREATE UNIQUE INDEX population_members_by_id ON population_members (population_id, version, id);
CREATE INDEX population_members_by_time
    ON population_members (population_id, version, created_at, id);

-- Answers name versions, so none changes and none goes.
CREATE TRIGGER populations_never_change BEFORE UPDATE ON populations
BEGIN SELECT RAISE(ABORT, 'a population never changes, it gets a new version'); END;
CREATE TRIGGER populations_never_go BEFORE DELETE ON populations
BEGIN SELECT RAISE(ABORT, 'a population never goes'); END;
CREATE TRIGGER population_versions_never_change BEFORE UPDATE ON population_versions
BEGIN SELECT RAISE(ABORT, 'a version of a population never changes'); END;
CREATE TRIGGER population_versions_never_go BEFORE DELETE ON population_versions
BEGIN SELECT RAISE(ABORT, 'a version of a population never goes'); END;
CREATE TRIGGER population_members_never_change BEFORE UPDATE ON population_members
BEGIN SELECT RAISE(ABORT, 'a member of a population never changes'); END;
CREATE TRIGGER population_members_never_go BEFORE DELETE ON population_members
BEGIN SELECT RAISE(ABORT, 'a member of a population never goes'); END;
