-- Format 4: links of voices, what people decided about them, and the groups and series that follow.

-- Voices come and go with analyses, links outlive them: so they repeat what they need to know, and name
-- voices without referring to them.
CREATE TABLE links (
    id BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 16),
    left_voice BLOB NOT NULL CHECK (length(left_voice) = 16),
    right_voice BLOB NOT NULL CHECK (length(right_voice) = 16),
    left_recording BLOB NOT NULL REFERENCES recordings (id),
    right_recording BLOB NOT NULL REFERENCES recordings (id),
    left_case BLOB REFERENCES cases (id),
    right_case BLOB REFERENCES cases (id),
    -- Revisions of the segments that the voices were made from when they were scored.
    left_revision INTEGER NOT NULL CHECK (left_revision >= 1),
    right_revision INTEGER NOT NULL CHECK (right_revision >= 1),
    llr REAL NOT NULL,
    calibration TEXT NOT NULL,
    -- Both voices as they were, the ratio and the reasons.
    body TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('proposed', 'confirmed', 'rejected')),
    superseded_by TEXT CHECK (superseded_by IN ('voice_removed', 'voice_described_anew')),
    superseded_at INTEGER,
    version INTEGER NOT NULL CHECK (version >= 1),
    created_at INTEGER NOT NULL,
    CHECK (left_voice < right_voice),
    CHECK ((superseded_by IS NULL) = (superseded_at IS NULL))
) STRICT;
-- A pair has one link that counts; those that were superseded stay beside it.
CREATE UNIQUE INDEX links_in_force ON links (left_voice, right_voice) WHERE superseded_at IS NULL;
CREATE INDEX links_by_left ON links (left_voice, created_at, id);
CREATE INDEX links_by_right ON links (right_voice, created_at, id);
CREATE INDEX links_by_left_recording ON links (left_recording);
CREATE INDEX links_by_right_recording ON links (right_recording);
CREATE INDEX links_by_left_case ON links (left_case);
CREATE INDEX links_by_right_case ON links (right_case);
CREATE INDEX links_by_time ON links (created_at, id);
CREATE INDEX links_by_state ON links (state, created_at, id);

-- What was proposed never changes; what is held of it does, with a decision beside it.
CREATE TRIGGER links_never_change
BEFORE UPDATE OF id, left_voice, right_voice, left_recording, right_recording, left_case, right_case,
    left_revision, right_revision, llr, calibration, body, created_at ON links
BEGIN SELECT RAISE(ABORT, 'a link never changes'); END;
CREATE TRIGGER links_never_go BEFORE DELETE ON links
BEGIN SELECT RAISE(ABORT, 'a link never goes'); END;

CREATE TABLE link_decisions (
    link_id BLOB NOT NULL REFERENCES links (id),
    position INTEGER NOT NULL CHECK (position >= 1),
    decision TEXT NOT NULL CHECK (decision IN ('confirm', 'reject', 'reopen')),
    author TEXT NOT NULL,
    reason TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (link_id, position)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER link_decisions_never_change BEFORE UPDATE ON link_decisions
BEGIN SELECT RAISE(ABORT, 'a decision never changes'); END;
CREATE TRIGGER link_decisions_never_go BEFORE DELETE ON link_decisions
BEGIN SELECT RAISE(ABORT, 'a decision never goes'); END;

-- Voiceprints for which links were looked for. Work that was done, not evidence.
CREATE TABLE link_searches (
    voice_id BLOB PRIMARY KEY NOT NULL CHECK (length(voice_id) = 16),
    voiceprint_id BLOB NOT NULL CHECK (length(voiceprint_id) = 16),
    at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE groups (
    id BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 16),
    -- Digest over the ids of the members, the last ones when it ended: what comes back is known again.
    members_sha256 BLOB NOT NULL CHECK (length(members_sha256) = 32),
    worst_llr REAL,
    changed_at INTEGER NOT NULL,
    ended_at INTEGER,
    created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX groups_by_time ON groups (created_at, id) WHERE ended_at IS NULL;
CREATE INDEX groups_ended ON groups (members_sha256, ended_at) WHERE ended_at IS NOT NULL;

CREATE TABLE group_members (
    voice_id BLOB PRIMARY KEY NOT NULL CHECK (length(voice_id) = 16),
    group_id BLOB NOT NULL REFERENCES groups (id),
    core INTEGER NOT NULL CHECK (core >= 0)
) STRICT, WITHOUT ROWID;
CREATE INDEX group_members_by_group ON group_members (group_id, voice_id);

CREATE TABLE series (
    id BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 16),
    kind TEXT NOT NULL CHECK (kind IN ('confirmed', 'proposed')),
    members_sha256 BLOB NOT NULL CHECK (length(members_sha256) = 32),
    changed_at INTEGER NOT NULL,
    ended_at INTEGER,
    created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX series_by_time ON series (kind, created_at, id) WHERE ended_at IS NULL;
CREATE INDEX series_ended ON series (members_sha256, ended_at) WHERE ended_at IS NOT NULL;

CREATE TABLE series_cases (
    kind TEXT NOT NULL CHECK (kind IN ('confirmed', 'proposed')),
    case_id BLOB NOT NULL REFERENCES cases (id),
    series_id BLOB NOT NULL REFERENCES series (id),
    PRIMARY KEY (kind, case_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX series_cases_by_series ON series_cases (series_id, case_id);

-- What became of groups and series.
CREATE TABLE lineage (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id BLOB NOT NULL CHECK (length(id) = 16),
    change TEXT NOT NULL CHECK (change IN ('formed', 'changed', 'merged', 'split', 'ended')),
    other BLOB CHECK (length(other) = 16),
    members TEXT NOT NULL,
    at INTEGER NOT NULL
) STRICT;
CREATE INDEX lineage_by_id ON lineage (id, seq);
CREATE INDEX lineage_by_other ON lineage (other, seq) WHERE other IS NOT NULL;
CREATE TRIGGER lineage_never_changes BEFORE UPDATE ON lineage
BEGIN SELECT RAISE(ABORT, 'lineage never changes'); END;
CREATE TRIGGER lineage_never_goes BEFORE DELETE ON lineage
BEGIN SELECT RAISE(ABORT, 'lineage never goes'); END;
