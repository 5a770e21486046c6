-- Format 6: watch lists, rules, alerts, and the partners who are told.

-- The kinds of jobs grow with each version; reading checks the word, so the table no longer does.
CREATE TABLE jobs_of_any_kind (
    id BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 16),
    kind TEXT NOT NULL,
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
INSERT INTO jobs_of_any_kind
    (id, kind, task, recording_id, dedupe_key, state, progress, attempts, max_attempts, reason,
     run_after, lease_owner, lease_until, created_at, updated_at)
SELECT id, kind, task, recording_id, dedupe_key, state, progress, attempts, max_attempts, reason,
    run_after, lease_owner, lease_until, created_at, updated_at
FROM jobs;
DROP TABLE jobs;
ALTER TABLE jobs_of_any_kind RENAME TO jobs;
CREATE UNIQUE INDEX jobs_open_by_key ON jobs (dedupe_key) WHERE state IN ('queued', 'running');
-- Deliveries are claimed by themselves, so that neither they nor the archive's work is looked
-- through for the other.
CREATE INDEX jobs_open ON jobs (created_at, id)
    WHERE state IN ('queued', 'running') AND kind <> 'deliver';
CREATE INDEX jobs_open_deliveries ON jobs (run_after, created_at, id)
    WHERE state IN ('queued', 'running') AND kind = 'deliver';
CREATE INDEX jobs_leased ON jobs (lease_owner) WHERE state = 'running';
CREATE INDEX jobs_by_time ON jobs (created_at, id);
CREATE INDEX jobs_by_state ON jobs (state, created_at, id);
CREATE INDEX jobs_by_kind ON jobs (kind, created_at, id);
CREATE INDEX jobs_by_recording ON jobs (recording_id, created_at, id);

-- Numbers of calls as they are compared. What the archive held before is normalised here as
-- `domain::normalised_number` does it.
CREATE TABLE call_numbers (
    recording_id BLOB NOT NULL REFERENCES recordings (id),
    side TEXT NOT NULL CHECK (side IN ('caller', 'callee')),
    number TEXT NOT NULL,
    PRIMARY KEY (recording_id, side)
) STRICT, WITHOUT ROWID;
CREATE INDEX call_numbers_by_number ON call_numbers (number, recording_id);
INSERT INTO call_numbers (recording_id, side, number)
SELECT recording_id, side, iif(plus, '+', '') || digits FROM (
    SELECT recording_id, side, substr(kept, 1, 1) = '+' OR substr(kept, 1, 2) = '00' AS plus,
        CASE
            WHEN substr(kept, 1, 1) = '+' THEN substr(kept, 2)
            WHEN substr(kept, 1, 2) = '00' THEN substr(kept, 3)
            ELSE kept
        END AS digits
    FROM (
        SELECT recording_id, side,
            replace(replace(replace(replace(replace(replace(replace(
                written, ' ', ''), char(160), ''), '-', ''), '.', ''), '/', ''), '(', ''), ')', '')
            AS kept
        FROM (
            SELECT id AS recording_id, 'caller' AS side, caller AS written FROM recordings
            UNION ALL
            SELECT id, 'callee', callee FROM recordings
        )
        WHERE written IS NOT NULL
    )
)
WHERE digits NOT GLOB '*[^0-9]*' AND length(digits) BETWEEN 3 AND 20;

CREATE TABLE watch_lists (
    id BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 16),
    name TEXT NOT NULL UNIQUE,
    purpose TEXT NOT NULL,
    ground TEXT NOT NULL,
    owner TEXT NOT NULL,
    expires_at INTEGER NOT NULL,
    version INTEGER NOT NULL CHECK (version >= 1),
    created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX watch_lists_by_time ON watch_lists (created_at, id);

CREATE TABLE watch_members (
    id BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 16),
    watch_list_id BLOB NOT NULL REFERENCES watch_lists (id),
    kind TEXT NOT NULL CHECK (kind IN ('subject', 'number', 'account')),
    value TEXT NOT NULL,
    subject_id BLOB REFERENCES subjects (id),
    reason TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    removed_at INTEGER,
    CHECK ((kind = 'subject') = (subject_id IS NOT NULL))
) STRICT;
CREATE INDEX watch_members_by_list ON watch_members (watch_list_id, created_at, id);
CREATE UNIQUE INDEX watch_members_present ON watch_members (kind, value, watch_list_id)
    WHERE removed_at IS NULL;

CREATE TABLE rules (
    id BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 16),
    name TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    condition TEXT NOT NULL,
    owner TEXT NOT NULL,
    repeat_window_ms INTEGER NOT NULL CHECK (repeat_window_ms >= 0),
    state TEXT NOT NULL CHECK (state IN ('draft', 'active', 'paused', 'retired')),
    version INTEGER NOT NULL CHECK (version >= 1),
    created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX rules_by_time ON rules (created_at, id);
CREATE INDEX rules_by_state ON rules (state, created_at, id);

-- Alerts name the version of the rule that raised them, so every version is kept.
CREATE TABLE rule_changes (
    rule_id BLOB NOT NULL REFERENCES rules (id),
    version INTEGER NOT NULL CHECK (version >= 1),
    name TEXT NOT NULL,
    condition TEXT NOT NULL,
    owner TEXT NOT NULL,
    repeat_window_ms INTEGER NOT NULL CHECK (repeat_window_ms >= 0),
    state TEXT NOT NULL CHECK (state IN ('draft', 'active', 'paused', 'retired')),
    actor TEXT NOT NULL,
    reason TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (rule_id, version)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER rule_changes_never_change BEFORE UPDATE ON rule_changes
BEGIN SELECT RAISE(ABORT, 'a version of a rule never changes'); END;
CREATE TRIGGER rule_changes_never_go BEFORE DELETE ON rule_changes
BEGIN SELECT RAISE(ABORT, 'a version of a rule never goes'); END;
CREATE TRIGGER rules_never_go BEFORE DELETE ON rules
BEGIN SELECT RAISE(ABORT, 'a rule never goes'); END;

-- Matter and evidence are JSON: they name voices and cases as they were, whatever becomes of them.
CREATE TABLE alerts (
    id BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 16),
    rule_id BLOB NOT NULL,
    rule_version INTEGER NOT NULL,
    rule_name TEXT NOT NULL,
    kind TEXT NOT NULL,
    key TEXT NOT NULL,
    matter TEXT NOT NULL,
    evidence TEXT,
    state TEXT NOT NULL CHECK (state IN ('open', 'acknowledged', 'disposed')),
    disposition TEXT CHECK (disposition IN ('accepted', 'false', 'duplicate')),
    duplicate_of BLOB REFERENCES alerts (id),
    sightings INTEGER NOT NULL CHECK (sightings >= 1),
    created_at INTEGER NOT NULL,
    last_seen_at INTEGER NOT NULL,
    FOREIGN KEY (rule_id, rule_version) REFERENCES rule_changes (rule_id, version),
    CHECK ((state = 'disposed') = (disposition IS NOT NULL)),
    CHECK ((disposition IS 'duplicate') = (duplicate_of IS NOT NULL))
) STRICT;
CREATE INDEX alerts_by_time ON alerts (created_at, id);
CREATE INDEX alerts_by_state ON alerts (state, created_at, id);
CREATE INDEX alerts_by_rule ON alerts (rule_id, created_at, id);
CREATE INDEX alerts_by_key ON alerts (rule_id, key, last_seen_at);
CREATE TRIGGER alerts_never_go BEFORE DELETE ON alerts
BEGIN SELECT RAISE(ABORT, 'an alert never goes'); END;
CREATE TRIGGER alerts_keep_their_matter
BEFORE UPDATE OF id, rule_id, rule_version, rule_name, kind, key, matter, evidence, created_at ON alerts
BEGIN SELECT RAISE(ABORT, 'what an alert says never changes'); END;

CREATE TABLE alert_sightings (
    alert_id BLOB NOT NULL REFERENCES alerts (id),
    position INTEGER NOT NULL CHECK (position >= 1),
    happening TEXT NOT NULL,
    rule_version INTEGER NOT NULL,
    matter TEXT NOT NULL,
    evidence TEXT,
    at INTEGER NOT NULL,
    PRIMARY KEY (alert_id, position),
    UNIQUE (alert_id, happening)
) STRICT, WITHOUT ROWID;
CREATE INDEX alert_sightings_by_happening ON alert_sightings (happening, alert_id);
CREATE TRIGGER alert_sightings_never_change BEFORE UPDATE ON alert_sightings
BEGIN SELECT RAISE(ABORT, 'a sighting never changes'); END;
CREATE TRIGGER alert_sightings_never_go BEFORE DELETE ON alert_sightings
BEGIN SELECT RAISE(ABORT, 'a sighting never goes'); END;

CREATE TABLE alert_changes (
    alert_id BLOB NOT NULL REFERENCES alerts (id),
    position INTEGER NOT NULL CHECK (position >= 1),
    state TEXT NOT NULL CHECK (state IN ('open', 'acknowledged', 'disposed')),
    disposition TEXT CHECK (disposition IN ('accepted', 'false', 'duplicate')),
    duplicate_of BLOB,
    author TEXT NOT NULL,
    reason TEXT,
    actor TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (alert_id, position)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER alert_changes_never_change BEFORE UPDATE ON alert_changes
BEGIN SELECT RAISE(ABORT, 'a disposition never changes'); END;
CREATE TRIGGER alert_changes_never_go BEFORE DELETE ON alert_changes
BEGIN SELECT RAISE(ABORT, 'a disposition never goes'); END;

CREATE TABLE webhooks (
    id BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 16),
    name TEXT NOT NULL UNIQUE,
    url TEXT NOT NULL,
    rule_ids TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('active', 'paused', 'retired')),
    version INTEGER NOT NULL CHECK (version >= 1),
    created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX webhooks_by_time ON webhooks (created_at, id);
CREATE INDEX webhooks_by_state ON webhooks (state, created_at, id);

-- Signing needs the key itself; whoever reads the database can sign.
CREATE TABLE webhook_secrets (
    webhook_id BLOB NOT NULL REFERENCES webhooks (id),
    position INTEGER NOT NULL CHECK (position >= 1),
    key BLOB NOT NULL CHECK (length(key) BETWEEN 24 AND 64),
    created_at INTEGER NOT NULL,
    valid_until INTEGER,
    PRIMARY KEY (webhook_id, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE deliveries (
    id BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 16),
    webhook_id BLOB NOT NULL REFERENCES webhooks (id),
    alert_id BLOB REFERENCES alerts (id),
    event TEXT NOT NULL CHECK (event IN ('alert.raised', 'alert.disposed', 'webhook.test')),
    body TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('pending', 'delivered', 'dead')),
    reason TEXT,
    created_at INTEGER NOT NULL,
    CHECK ((state = 'dead') = (reason IS NOT NULL)),
    CHECK ((event = 'webhook.test') = (alert_id IS NULL))
) STRICT;
CREATE INDEX deliveries_by_time ON deliveries (created_at, id);
CREATE INDEX deliveries_by_webhook ON deliveries (webhook_id, created_at, id);
CREATE INDEX deliveries_by_state ON deliveries (webhook_id, state, created_at, id);
CREATE INDEX deliveries_by_alert ON deliveries (alert_id, created_at, id);
CREATE TRIGGER deliveries_keep_their_message
BEFORE UPDATE OF id, webhook_id, alert_id, event, body, created_at ON deliveries
BEGIN SELECT RAISE(ABORT, 'a message never changes'); END;
CREATE TRIGGER deliveries_never_go BEFORE DELETE ON deliveries
BEGIN SELECT RAISE(ABORT, 'a delivery never goes'); END;

CREATE TABLE delivery_attempts (
    delivery_id BLOB NOT NULL REFERENCES deliveries (id),
    position INTEGER NOT NULL CHECK (position >= 1),
    outcome TEXT NOT NULL,
    status INTEGER CHECK (status BETWEEN 100 AND 999),
    detail TEXT NOT NULL,
    at INTEGER NOT NULL,
    ended_at INTEGER NOT NULL,
    PRIMARY KEY (delivery_id, position)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER delivery_attempts_never_change BEFORE UPDATE ON delivery_attempts
BEGIN SELECT RAISE(ABORT, 'a try of a delivery never changes'); END;
CREATE TRIGGER delivery_attempts_never_go BEFORE DELETE ON delivery_attempts
BEGIN SELECT RAISE(ABORT, 'a try of a delivery never goes'); END;

CREATE TABLE partner_reports (
    id BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 16),
    alert_id BLOB NOT NULL REFERENCES alerts (id),
    webhook_id BLOB NOT NULL REFERENCES webhooks (id),
    message_id TEXT NOT NULL,
    action TEXT NOT NULL,
    reference TEXT,
    note TEXT,
    done_at INTEGER,
    received_at INTEGER NOT NULL,
    UNIQUE (webhook_id, message_id)
) STRICT;
CREATE INDEX partner_reports_by_alert ON partner_reports (alert_id, received_at, id);
CREATE TRIGGER partner_reports_never_change BEFORE UPDATE ON partner_reports
BEGIN SELECT RAISE(ABORT, 'a report of a partner never changes'); END;
CREATE TRIGGER partner_reports_never_go BEFORE DELETE ON partner_reports
BEGIN SELECT RAISE(ABORT, 'a report of a partner never goes'); END;
