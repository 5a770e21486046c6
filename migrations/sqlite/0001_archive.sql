-- Format 1. A released migration is never edited: changes are new files.
--
-- Ids are UUIDs as 16 bytes: half the size of their text, and in the same order.
-- Times are milliseconds since 1970-01-01 UTC. JSON is text. Digests are 32 bytes.

CREATE TABLE cases (
    id BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 16),
    case_no TEXT NOT NULL UNIQUE,
    title TEXT,
    note TEXT,
    version INTEGER NOT NULL CHECK (version >= 1),
    created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX cases_by_time ON cases (created_at, id);

CREATE TABLE recordings (
    id BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 16),
    sha256 BLOB NOT NULL CHECK (length(sha256) = 32),
    size_bytes INTEGER NOT NULL CHECK (size_bytes >= 0),
    filename TEXT NOT NULL,
    case_id BLOB REFERENCES cases (id),
    caller TEXT,
    callee TEXT,
    started_at INTEGER,
    direction TEXT CHECK (direction IN ('inbound', 'outbound')),
    source TEXT,
    note TEXT,
    state TEXT NOT NULL CHECK (state IN ('pending', 'analysed', 'no_voice', 'failed')),
    media TEXT,
    failure_code TEXT,
    failure_detail TEXT,
    created_at INTEGER NOT NULL,
    CHECK ((failure_code IS NULL) = (failure_detail IS NULL))
) STRICT;
-- The caseless are one group too, so a missing case counts as a value here.
CREATE UNIQUE INDEX recordings_by_bytes ON recordings (sha256, ifnull(case_id, x''));
CREATE INDEX recordings_by_time ON recordings (created_at, id);
CREATE INDEX recordings_by_case ON recordings (case_id, created_at, id);
CREATE INDEX recordings_by_state ON recordings (state, created_at, id);

CREATE TABLE channels (
    recording_id BLOB NOT NULL REFERENCES recordings (id),
    channel INTEGER NOT NULL CHECK (channel BETWEEN 0 AND 65535),
    quality TEXT NOT NULL,
    net_speech_ms INTEGER NOT NULL CHECK (net_speech_ms >= 0),
    PRIMARY KEY (recording_id, channel)
) STRICT, WITHOUT ROWID;

-- What made an analysis: few different ones, named by many rows.
CREATE TABLE provenances (
    id INTEGER PRIMARY KEY,
    provenance TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE segment_revisions (
    recording_id BLOB NOT NULL REFERENCES recordings (id),
    revision INTEGER NOT NULL CHECK (revision >= 1),
    provenance_id INTEGER NOT NULL REFERENCES provenances (id),
    created_at INTEGER NOT NULL,
    PRIMARY KEY (recording_id, revision)
) STRICT, WITHOUT ROWID;

CREATE TABLE segments (
    recording_id BLOB NOT NULL,
    revision INTEGER NOT NULL,
    position INTEGER NOT NULL CHECK (position >= 0),
    channel INTEGER NOT NULL CHECK (channel BETWEEN 0 AND 65535),
    start_ms INTEGER NOT NULL CHECK (start_ms >= 0),
    end_ms INTEGER NOT NULL CHECK (end_ms > start_ms),
    label INTEGER CHECK (label BETWEEN 0 AND 65535),
    PRIMARY KEY (recording_id, revision, position),
    FOREIGN KEY (recording_id, revision) REFERENCES segment_revisions (recording_id, revision)
) STRICT, WITHOUT ROWID;

CREATE TABLE voices (
    id BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 16),
    recording_id BLOB NOT NULL REFERENCES recordings (id),
    channel INTEGER NOT NULL CHECK (channel BETWEEN 0 AND 65535),
    label INTEGER NOT NULL CHECK (label BETWEEN 0 AND 65535),
    revision INTEGER NOT NULL CHECK (revision >= 1),
    net_speech_ms INTEGER NOT NULL CHECK (net_speech_ms >= 0),
    speech_used_ms INTEGER NOT NULL CHECK (speech_used_ms >= 0),
    bandwidth TEXT NOT NULL CHECK (bandwidth IN ('narrowband', 'wideband')),
    quality TEXT NOT NULL,
    too_little_speech_minimum_ms INTEGER CHECK (too_little_speech_minimum_ms >= 0),
    created_at INTEGER NOT NULL,
    UNIQUE (recording_id, channel, label)
) STRICT;

-- Positions are never used twice, since the gallery's log names them for ever.
CREATE TABLE voiceprints (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    id BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
    voice_id BLOB NOT NULL REFERENCES voices (id),
    model TEXT NOT NULL,
    -- Little-endian f32, unit norm.
    embedding BLOB NOT NULL CHECK (length(embedding) > 0 AND length(embedding) % 4 = 0),
    provenance_id INTEGER NOT NULL REFERENCES provenances (id),
    created_at INTEGER NOT NULL,
    UNIQUE (voice_id, model)
) STRICT;

-- Outlives the voices that it names, so it repeats what the gallery knows of them.
CREATE TABLE gallery_log (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    model TEXT NOT NULL,
    change TEXT NOT NULL CHECK (change IN ('added', 'removed')),
    voice_id BLOB NOT NULL CHECK (length(voice_id) = 16),
    recording_id BLOB NOT NULL CHECK (length(recording_id) = 16),
    bandwidth TEXT NOT NULL CHECK (bandwidth IN ('narrowband', 'wideband')),
    voiceprint_position INTEGER NOT NULL
) STRICT;
CREATE INDEX gallery_log_by_model ON gallery_log (model, seq);
CREATE INDEX gallery_log_removed ON gallery_log (voiceprint_position) WHERE change = 'removed';

CREATE TABLE subjects (
    id BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 16),
    name TEXT NOT NULL,
    class TEXT NOT NULL CHECK (
        class IN ('suspect', 'convicted', 'victim', 'witness', 'staff', 'unknown')
    ),
    note TEXT,
    version INTEGER NOT NULL CHECK (version >= 1),
    created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX subjects_by_time ON subjects (created_at, id);
CREATE INDEX subjects_by_class ON subjects (class, created_at, id);
CREATE INDEX subjects_by_name ON subjects (name, created_at, id);

CREATE TABLE enrolments (
    id BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 16),
    subject_id BLOB NOT NULL REFERENCES subjects (id),
    ground TEXT NOT NULL,
    expires_at INTEGER,
    withdrawn_at INTEGER,
    created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX enrolments_by_subject ON enrolments (subject_id, created_at, id);

CREATE TABLE enrolment_voices (
    enrolment_id BLOB NOT NULL REFERENCES enrolments (id),
    position INTEGER NOT NULL CHECK (position >= 0),
    voice_id BLOB NOT NULL REFERENCES voices (id),
    PRIMARY KEY (enrolment_id, position),
    UNIQUE (enrolment_id, voice_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX enrolment_voices_by_voice ON enrolment_voices (voice_id);

CREATE TABLE searches (
    id BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 16),
    request TEXT NOT NULL,
    answer TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX searches_by_time ON searches (created_at, id);
CREATE TRIGGER searches_never_change BEFORE UPDATE ON searches
BEGIN SELECT RAISE(ABORT, 'a stored search never changes'); END;
CREATE TRIGGER searches_never_go BEFORE DELETE ON searches
BEGIN SELECT RAISE(ABORT, 'a stored search never goes'); END;

CREATE TABLE comparisons (
    id BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 16),
    answer TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX comparisons_by_time ON comparisons (created_at, id);
CREATE TRIGGER comparisons_never_change BEFORE UPDATE ON comparisons
BEGIN SELECT RAISE(ABORT, 'a stored comparison never changes'); END;
CREATE TRIGGER comparisons_never_go BEFORE DELETE ON comparisons
BEGIN SELECT RAISE(ABORT, 'a stored comparison never goes'); END;

CREATE TABLE jobs (
    id BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 16),
    kind TEXT NOT NULL CHECK (kind IN ('analyse', 'enrol', 'index')),
    task TEXT NOT NULL,
    recording_id BLOB REFERENCES recordings (id),
    dedupe_key TEXT,
    state TEXT NOT NULL CHECK (state IN ('queued', 'running', 'done', 'dead', 'cancelled')),
    progress REAL NOT NULL CHECK (progress BETWEEN 0 AND 1),
    attempts INTEGER NOT NULL CHECK (attempts >= 0),
    max_attempts INTEGER NOT NULL CHECK (max_attempts >= 0),
    reason TEXT,
    run_after INTEGER NOT NULL,
    lease_owner TEXT,
    lease_until INTEGER,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    CHECK ((state = 'running') = (lease_owner IS NOT NULL)),
    CHECK ((lease_owner IS NULL) = (lease_until IS NULL))
) STRICT;
CREATE UNIQUE INDEX jobs_open_by_key ON jobs (dedupe_key) WHERE state IN ('queued', 'running');
CREATE INDEX jobs_open ON jobs (created_at, id) WHERE state IN ('queued', 'running');
CREATE INDEX jobs_leased ON jobs (lease_owner) WHERE state = 'running';
CREATE INDEX jobs_by_time ON jobs (created_at, id);
CREATE INDEX jobs_by_state ON jobs (state, created_at, id);
CREATE INDEX jobs_by_kind ON jobs (kind, created_at, id);
CREATE INDEX jobs_by_recording ON jobs (recording_id, created_at, id);

CREATE TABLE audit (
    seq INTEGER PRIMARY KEY CHECK (seq >= 1),
    at INTEGER NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    object TEXT NOT NULL,
    detail TEXT NOT NULL,
    prev_hash BLOB NOT NULL CHECK (length(prev_hash) = 32),
    hash BLOB NOT NULL CHECK (length(hash) = 32)
) STRICT;
CREATE TRIGGER audit_never_changes BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'an audit row never changes'); END;
CREATE TRIGGER audit_never_goes BEFORE DELETE ON audit
BEGIN SELECT RAISE(ABORT, 'an audit row never goes'); END;

CREATE TABLE idempotency (
    key TEXT PRIMARY KEY NOT NULL,
    request_sha256 BLOB NOT NULL CHECK (length(request_sha256) = 32),
    status INTEGER NOT NULL CHECK (status BETWEEN 100 AND 599),
    location TEXT,
    body TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX idempotency_by_time ON idempotency (created_at);
