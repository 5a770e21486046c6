//! Alerts, their sightings, and what was decided on them.

use async_trait::async_trait;
use sqlx::Sqlite;
use sqlx::sqlite::{SqliteArguments, SqliteRow};

use super::columns::{Columns, id_bytes, json_text};
use super::fault::{missing, refused};
use super::listing::Listing;
use super::session::Session;
use crate::domain::{
    Alert, AlertChange, AlertId, AlertSighting, AlertState, CaseId, Disposition, DispositionCounts,
    Page, PageRequest, PartnerReport, PartnerReportId, RuleId, Timestamp, WebhookId,
};
use crate::store::{AlertFilter, AlertReader, AlertWriter, StoreError};

const SELECT: &str = "SELECT id, rule_id, rule_version, rule_name, kind, key, matter, evidence,
    state, disposition, duplicate_of, sightings, created_at, last_seen_at FROM alerts";

const STATES: [AlertState; 3] = [
    AlertState::Open,
    AlertState::Acknowledged,
    AlertState::Disposed,
];

fn read(row: &SqliteRow) -> Result<Alert, StoreError> {
    let columns = Columns::new("alert", row);
    Ok(Alert {
        id: AlertId(columns.id("id")?),
        rule_id: RuleId(columns.id("rule_id")?),
        rule_version: columns.number("rule_version")?,
        rule_name: columns.text("rule_name")?,
        kind: columns.text("kind")?,
        key: columns.text("key")?,
        matter: columns.json("matter")?,
        evidence: columns.json_opt("evidence")?,
        state: columns.word("state")?,
        disposition: disposition(&columns)?,
        sightings: columns.number("sightings")?,
        first_seen_at: columns.time("created_at")?,
        last_seen_at: columns.time("last_seen_at")?,
    })
}

fn disposition(columns: &Columns<'_>) -> Result<Option<Disposition>, StoreError> {
    let duplicate_of = columns.id_opt("duplicate_of")?.map(AlertId);
    let word = columns.text_opt("disposition")?;
    match (word.as_deref(), duplicate_of) {
        (None, None) => Ok(None),
        (Some("accepted"), None) => Ok(Some(Disposition::Accepted)),
        (Some("false"), None) => Ok(Some(Disposition::False)),
        (Some("duplicate"), Some(duplicate_of)) => {
            Ok(Some(Disposition::Duplicate { duplicate_of }))
        }
        (word, duplicate_of) => Err(StoreError::Corrupt {
            what: "alert",
            detail: format!("column disposition: {word:?} with duplicate_of {duplicate_of:?}"),
        }),
    }
}

fn read_sighting(row: &SqliteRow) -> Result<AlertSighting, StoreError> {
    let columns = Columns::new("alert sighting", row);
    Ok(AlertSighting {
        happening: columns.text("happening")?,
        rule_version: columns.number("rule_version")?,
        matter: columns.json("matter")?,
        evidence: columns.json_opt("evidence")?,
        at: columns.time("at")?,
    })
}

fn read_change(row: &SqliteRow) -> Result<AlertChange, StoreError> {
    let columns = Columns::new("alert change", row);
    Ok(AlertChange {
        state: columns.word("state")?,
        disposition: disposition(&columns)?,
        author: columns.text("author")?,
        reason: columns.text_opt("reason")?,
        actor: columns.text("actor")?,
        at: columns.time("at")?,
    })
}

fn read_report(row: &SqliteRow) -> Result<PartnerReport, StoreError> {
    let columns = Columns::new("partner report", row);
    Ok(PartnerReport {
        id: PartnerReportId(columns.id("id")?),
        alert_id: AlertId(columns.id("alert_id")?),
        webhook_id: WebhookId(columns.id("webhook_id")?),
        message_id: columns.text("message_id")?,
        action: columns.word("action")?,
        reference: columns.text_opt("reference")?,
        note: columns.text_opt("note")?,
        done_at: columns.time_opt("done_at")?,
        received_at: columns.time("received_at")?,
    })
}

type Query<'q> = sqlx::query::Query<'q, Sqlite, SqliteArguments>;

impl Session {
    async fn alert_or_missing(&mut self, id: AlertId) -> Result<Alert, StoreError> {
        self.alert(id).await?.ok_or_else(|| missing("alert", id))
    }

    async fn insert_sighting(
        &mut self,
        id: AlertId,
        sighting: &AlertSighting,
    ) -> Result<(), StoreError> {
        let evidence = sighting.evidence.as_ref();
        let evidence = evidence.map(|evidence| json_text("alert evidence", evidence));
        sqlx::query(
            "INSERT INTO alert_sightings
                 (alert_id, position, happening, rule_version, matter, evidence, at)
             SELECT ?1, 1 + count(*), ?2, ?3, ?4, ?5, ?6 FROM alert_sightings WHERE alert_id = ?1",
        )
        .bind(id_bytes(id.0))
        .bind(&sighting.happening)
        .bind(sighting.rule_version)
        .bind(json_text("alert matter", &sighting.matter)?)
        .bind(evidence.transpose()?)
        .bind(sighting.at.as_millis())
        .execute(self.connection())
        .await
        .map_err(|error| {
            let unique: &dyn std::fmt::Display = &sighting.happening;
            refused(error, ("sighting", unique), ("alert", &id))
        })?;
        Ok(())
    }

    async fn rows_of_alert<T>(
        &mut self,
        query: Query<'_>,
        id: AlertId,
        read: impl Fn(&SqliteRow) -> Result<T, StoreError>,
    ) -> Result<Vec<T>, StoreError> {
        let rows = query
            .bind(id_bytes(id.0))
            .fetch_all(self.connection())
            .await?;
        rows.iter().map(read).collect()
    }
}

#[async_trait]
impl AlertReader for Session {
    async fn alert(&mut self, id: AlertId) -> Result<Option<Alert>, StoreError> {
        self.row_by_id(SELECT, "id", id.0)
            .await?
            .as_ref()
            .map(read)
            .transpose()
    }

    async fn alerts(
        &mut self,
        filter: &AlertFilter,
        page: PageRequest,
    ) -> Result<Page<Alert>, StoreError> {
        Listing::new(SELECT, "alerts")
            .only("state", filter.state.map(AlertState::as_str))
            .only("rule_id", filter.rule_id.map(|id| id_bytes(id.0)))
            .page(self.connection(), page, read, |alert| {
                (alert.first_seen_at, alert.id.0)
            })
            .await
    }

    async fn alert_counts(&mut self) -> Result<Vec<(AlertState, u64)>, StoreError> {
        let rows = sqlx::query("SELECT state, count(*) AS alerts FROM alerts GROUP BY state")
            .fetch_all(self.connection())
            .await?;
        let read = |row: &SqliteRow| {
            let columns = Columns::new("alert", row);
            Ok((columns.word("state")?, columns.number("alerts")?))
        };
        let found: Vec<(AlertState, u64)> =
            rows.iter().map(read).collect::<Result<_, StoreError>>()?;
        let count_of = |state| found.iter().find(|(other, _)| *other == state);
        Ok(STATES
            .map(|state| (state, count_of(state).map_or(0, |(_, alerts)| *alerts)))
            .to_vec())
    }

    async fn undisposed_alert(
        &mut self,
        rule_id: RuleId,
        key: &str,
        since: Timestamp,
    ) -> Result<Option<Alert>, StoreError> {
        let row = sqlx::query(
            "SELECT id, rule_id, rule_version, rule_name, kind, key, matter, evidence, state,
                 disposition, duplicate_of, sightings, created_at, last_seen_at
             FROM alerts
             WHERE rule_id = ? AND key = ? AND last_seen_at >= ? AND state <> 'disposed'
             ORDER BY last_seen_at DESC, id DESC LIMIT 1",
        )
        .bind(id_bytes(rule_id.0))
        .bind(key)
        .bind(since.as_millis())
        .fetch_optional(self.connection())
        .await?;
        row.as_ref().map(read).transpose()
    }

    async fn is_sighted(
        &mut self,
        rule_id: RuleId,
        key: &str,
        happening: &str,
    ) -> Result<bool, StoreError> {
        let row = sqlx::query(
            "SELECT 1 FROM alert_sightings JOIN alerts ON alerts.id = alert_id
             WHERE happening = ? AND rule_id = ? AND key = ? LIMIT 1",
        )
        .bind(happening)
        .bind(id_bytes(rule_id.0))
        .bind(key)
        .fetch_optional(self.connection())
        .await?;
        Ok(row.is_some())
    }

    async fn alert_sightings(
        &mut self,
        id: AlertId,
        limit: u32,
    ) -> Result<Vec<AlertSighting>, StoreError> {
        let rows = sqlx::query(
            "SELECT happening, rule_version, matter, evidence, at FROM alert_sightings
             WHERE alert_id = ? ORDER BY position DESC LIMIT ?",
        )
        .bind(id_bytes(id.0))
        .bind(limit)
        .fetch_all(self.connection())
        .await?;
        rows.iter().map(read_sighting).collect()
    }

    async fn alert_changes(&mut self, id: AlertId) -> Result<Vec<AlertChange>, StoreError> {
        let query = sqlx::query(
            "SELECT state, disposition, duplicate_of, author, reason, actor, at FROM alert_changes
             WHERE alert_id = ? ORDER BY position",
        );
        self.rows_of_alert(query, id, read_change).await
    }

    async fn partner_reports(&mut self, id: AlertId) -> Result<Vec<PartnerReport>, StoreError> {
        let query = sqlx::query(
            "SELECT id, alert_id, webhook_id, message_id, action, reference, note, done_at,
                 received_at
             FROM partner_reports WHERE alert_id = ? ORDER BY received_at, id",
        );
        self.rows_of_alert(query, id, read_report).await
    }

    async fn partner_report(
        &mut self,
        webhook_id: WebhookId,
        message_id: &str,
    ) -> Result<Option<PartnerReport>, StoreError> {
        let row = sqlx::query(
            "SELECT id, alert_id, webhook_id, message_id, action, reference, note, done_at,
                 received_at
             FROM partner_reports WHERE webhook_id = ? AND message_id = ?",
        )
        .bind(id_bytes(webhook_id.0))
        .bind(message_id)
        .fetch_optional(self.connection())
        .await?;
        row.as_ref().map(read_report).transpose()
    }

    async fn disposition_counts(
        &mut self,
        rule_id: RuleId,
        version: Option<u32>,
    ) -> Result<DispositionCounts, StoreError> {
        let row = sqlx::query(
            "SELECT count(*) FILTER (WHERE disposition = 'accepted') AS accepted,
                 count(*) FILTER (WHERE disposition = 'false') AS wrong,
                 count(*) FILTER (WHERE disposition = 'duplicate') AS duplicate,
                 count(*) FILTER (WHERE disposition IS NULL) AS undecided
             FROM alerts WHERE rule_id = ?1 AND rule_version = ifnull(?2, rule_version)",
        )
        .bind(id_bytes(rule_id.0))
        .bind(version)
        .fetch_one(self.connection())
        .await?;
        let columns = Columns::new("alert", &row);
        Ok(DispositionCounts {
            accepted: columns.number("accepted")?,
            wrong: columns.number("wrong")?,
            duplicate: columns.number("duplicate")?,
            undecided: columns.number("undecided")?,
        })
    }

    async fn cases_of_number(&mut self, number: &str) -> Result<Vec<CaseId>, StoreError> {
        self.select_cases_of_number(number).await
    }

    async fn newest_numbers(&mut self, limit: u32) -> Result<Vec<(String, CaseId)>, StoreError> {
        self.select_newest_numbers(limit).await
    }
}

#[async_trait]
impl AlertWriter for Session {
    async fn insert_alert(
        &mut self,
        alert: &Alert,
        sighting: &AlertSighting,
    ) -> Result<(), StoreError> {
        let evidence = alert.evidence.as_ref();
        let evidence = evidence.map(|evidence| json_text("alert evidence", evidence));
        let disposition = alert.disposition;
        sqlx::query(
            "INSERT INTO alerts (id, rule_id, rule_version, rule_name, kind, key, matter, evidence,
                 state, disposition, duplicate_of, sightings, created_at, last_seen_at)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(id_bytes(alert.id.0))
        .bind(id_bytes(alert.rule_id.0))
        .bind(alert.rule_version)
        .bind(&alert.rule_name)
        .bind(&alert.kind)
        .bind(&alert.key)
        .bind(json_text("alert matter", &alert.matter)?)
        .bind(evidence.transpose()?)
        .bind(alert.state.as_str())
        .bind(disposition.map(Disposition::as_str))
        .bind(
            disposition
                .and_then(Disposition::duplicate_of)
                .map(|id| id_bytes(id.0)),
        )
        .bind(alert.sightings)
        .bind(alert.first_seen_at.as_millis())
        .bind(alert.last_seen_at.as_millis())
        .execute(self.connection())
        .await
        .map_err(|error| refused(error, ("alert", &alert.id), ("rule", &alert.rule_id)))?;
        self.insert_sighting(alert.id, sighting).await
    }

    async fn repeat_alert(
        &mut self,
        id: AlertId,
        sighting: &AlertSighting,
    ) -> Result<Alert, StoreError> {
        self.insert_sighting(id, sighting).await?;
        sqlx::query(
            "UPDATE alerts SET sightings = sightings + 1, last_seen_at = max(last_seen_at, ?)
             WHERE id = ?",
        )
        .bind(sighting.at.as_millis())
        .bind(id_bytes(id.0))
        .execute(self.connection())
        .await?;
        self.alert_or_missing(id).await
    }

    async fn change_alert(
        &mut self,
        id: AlertId,
        change: &AlertChange,
    ) -> Result<Alert, StoreError> {
        let word = change.disposition.map(Disposition::as_str);
        let duplicate_of = change.disposition.and_then(Disposition::duplicate_of);
        let other = duplicate_of.map_or_else(|| id.to_string(), |id| id.to_string());
        sqlx::query("UPDATE alerts SET state = ?, disposition = ?, duplicate_of = ? WHERE id = ?")
            .bind(change.state.as_str())
            .bind(word)
            .bind(duplicate_of.map(|id| id_bytes(id.0)))
            .bind(id_bytes(id.0))
            .execute(self.connection())
            .await
            .map_err(|error| refused(error, ("alert", &id), ("alert", &other)))?;
        let alert = self.alert_or_missing(id).await?;
        sqlx::query(
            "INSERT INTO alert_changes
                 (alert_id, position, state, disposition, duplicate_of, author, reason, actor, at)
             SELECT ?1, 1 + count(*), ?2, ?3, ?4, ?5, ?6, ?7, ?8 FROM alert_changes
             WHERE alert_id = ?1",
        )
        .bind(id_bytes(id.0))
        .bind(change.state.as_str())
        .bind(word)
        .bind(duplicate_of.map(|id| id_bytes(id.0)))
        .bind(&change.author)
        .bind(&change.reason)
        .bind(&change.actor)
        .bind(change.at.as_millis())
        .execute(self.connection())
        .await?;
        Ok(alert)
    }

    async fn insert_partner_report(&mut self, report: &PartnerReport) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO partner_reports (id, alert_id, webhook_id, message_id, action, reference,
                 note, done_at, received_at)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(id_bytes(report.id.0))
        .bind(id_bytes(report.alert_id.0))
        .bind(id_bytes(report.webhook_id.0))
        .bind(&report.message_id)
        .bind(report.action.as_str())
        .bind(&report.reference)
        .bind(&report.note)
        .bind(report.done_at.map(Timestamp::as_millis))
        .bind(report.received_at.as_millis())
        .execute(self.connection())
        .await
        .map_err(|error| {
            let unique: &dyn std::fmt::Display = &report.message_id;
            refused(error, ("message", unique), ("alert", &report.alert_id))
        })?;
        Ok(())
    }
}
