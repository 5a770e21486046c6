//! Rules and their versions.

use async_trait::async_trait;
use sqlx::sqlite::SqliteRow;

use super::columns::{Columns, id_bytes, integer, json_text};
use super::fault::{missing, refused};
use super::listing::Listing;
use super::session::Session;
use crate::domain::{Page, PageRequest, Rule, RuleChange, RuleId, RuleState, Timestamp};
use crate::store::{RuleReader, RuleWriter, StoreError};

const SELECT: &str = "SELECT id, name, condition, owner, repeat_window_ms, state, version,
    created_at FROM rules";

fn read(row: &SqliteRow) -> Result<Rule, StoreError> {
    let columns = Columns::new("rule", row);
    let created_at = columns.time("created_at")?;
    read_as(&columns, RuleId(columns.id("id")?), created_at)
}

fn read_as(columns: &Columns<'_>, id: RuleId, created_at: Timestamp) -> Result<Rule, StoreError> {
    Ok(Rule {
        id,
        name: columns.text("name")?,
        condition: columns.json("condition")?,
        owner: columns.text("owner")?,
        repeat_window_ms: columns.number("repeat_window_ms")?,
        state: columns.word("state")?,
        version: columns.number("version")?,
        created_at,
    })
}

impl Session {
    async fn insert_rule_change(&mut self, change: &RuleChange) -> Result<(), StoreError> {
        let rule = &change.rule;
        sqlx::query(
            "INSERT INTO rule_changes (rule_id, version, name, condition, owner, repeat_window_ms,
                 state, actor, reason, at)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(id_bytes(rule.id.0))
        .bind(rule.version)
        .bind(&rule.name)
        .bind(json_text("rule", &rule.condition)?)
        .bind(&rule.owner)
        .bind(integer("rule window", rule.repeat_window_ms)?)
        .bind(rule.state.as_str())
        .bind(&change.actor)
        .bind(&change.reason)
        .bind(change.at.as_millis())
        .execute(self.connection())
        .await
        .map_err(|error| refused(error, ("version of rule", &rule.id), ("rule", &rule.id)))?;
        Ok(())
    }
}

#[async_trait]
impl RuleReader for Session {
    async fn rule(&mut self, id: RuleId) -> Result<Option<Rule>, StoreError> {
        self.row_by_id(SELECT, "id", id.0)
            .await?
            .as_ref()
            .map(read)
            .transpose()
    }

    async fn rules(
        &mut self,
        state: Option<RuleState>,
        page: PageRequest,
    ) -> Result<Page<Rule>, StoreError> {
        Listing::new(SELECT, "rules")
            .only("state", state.map(RuleState::as_str))
            .page(self.connection(), page, read, |rule| {
                (rule.created_at, rule.id.0)
            })
            .await
    }

    async fn active_rules(&mut self) -> Result<Vec<Rule>, StoreError> {
        let rows = sqlx::query(
            "SELECT id, name, condition, owner, repeat_window_ms, state, version, created_at
             FROM rules WHERE state = 'active' ORDER BY created_at, id",
        )
        .fetch_all(self.connection())
        .await?;
        rows.iter().map(read).collect()
    }

    async fn rule_changes(&mut self, id: RuleId) -> Result<Vec<RuleChange>, StoreError> {
        let rows = sqlx::query(
            "SELECT version, rule_changes.name, rule_changes.condition, rule_changes.owner,
                 rule_changes.repeat_window_ms, rule_changes.state, actor, reason, at
             FROM rule_changes WHERE rule_id = ? ORDER BY version",
        )
        .bind(id_bytes(id.0))
        .fetch_all(self.connection())
        .await?;
        let mut created_at = None;
        let mut changes = Vec::with_capacity(rows.len());
        for row in &rows {
            let columns = Columns::new("version of rule", row);
            let at = columns.time("at")?;
            // The first version was made with the rule.
            let created_at = *created_at.get_or_insert(at);
            changes.push(RuleChange {
                rule: read_as(&columns, id, created_at)?,
                actor: columns.text("actor")?,
                reason: columns.text("reason")?,
                at,
            });
        }
        Ok(changes)
    }
}

#[async_trait]
impl RuleWriter for Session {
    async fn insert_rule(&mut self, change: &RuleChange) -> Result<(), StoreError> {
        let rule = &change.rule;
        sqlx::query(
            "INSERT INTO rules
                 (id, name, kind, condition, owner, repeat_window_ms, state, version, created_at)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(id_bytes(rule.id.0))
        .bind(&rule.name)
        .bind(rule.condition.kind())
        .bind(json_text("rule", &rule.condition)?)
        .bind(&rule.owner)
        .bind(integer("rule window", rule.repeat_window_ms)?)
        .bind(rule.state.as_str())
        .bind(rule.version)
        .bind(rule.created_at.as_millis())
        .execute(self.connection())
        .await
        .map_err(|error| refused(error, ("rule", &rule.name), ("rule", &rule.id)))?;
        self.insert_rule_change(change).await
    }

    async fn update_rule(&mut self, change: &RuleChange) -> Result<Rule, StoreError> {
        let rule = &change.rule;
        let updated = sqlx::query(
            "UPDATE rules SET name = ?, kind = ?, condition = ?, owner = ?, repeat_window_ms = ?,
                 state = ?, version = version + 1
             WHERE id = ? AND version = ?",
        )
        .bind(&rule.name)
        .bind(rule.condition.kind())
        .bind(json_text("rule", &rule.condition)?)
        .bind(&rule.owner)
        .bind(integer("rule window", rule.repeat_window_ms)?)
        .bind(rule.state.as_str())
        .bind(id_bytes(rule.id.0))
        .bind(rule.version)
        .execute(self.connection())
        .await
        .map_err(|error| refused(error, ("rule", &rule.name), ("rule", &rule.id)))?;
        let present = self
            .rule(rule.id)
            .await?
            .ok_or_else(|| missing("rule", rule.id))?;
        if updated.rows_affected() == 0 {
            return Err(StoreError::Stale {
                what: "rule",
                expected: rule.version,
                found: present.version,
            });
        }
        let kept = RuleChange {
            rule: present.clone(),
            ..change.clone()
        };
        self.insert_rule_change(&kept).await?;
        Ok(present)
    }
}
