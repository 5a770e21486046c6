//! Rules and their versions.

use async_trait::async_trait;

use super::StoreError;
use crate::domain::{Page, PageRequest, Rule, RuleChange, RuleId, RuleState};

/// Looks at rules.
#[async_trait]
pub trait RuleReader: Send {
    /// One rule.
    async fn rule(&mut self, id: RuleId) -> Result<Option<Rule>, StoreError>;
    /// Rules, newest first; those in one state, where one is given.
    async fn rules(
        &mut self,
        state: Option<RuleState>,
        page: PageRequest,
    ) -> Result<Page<Rule>, StoreError>;
    /// Every active rule, oldest first. They are few: each is a decision of people.
    async fn active_rules(&mut self) -> Result<Vec<Rule>, StoreError>;
    /// Every version of a rule, oldest first.
    async fn rule_changes(&mut self, id: RuleId) -> Result<Vec<RuleChange>, StoreError>;
}

/// Changes rules. Each change is kept as a version.
#[async_trait]
pub trait RuleWriter: Send {
    /// Adds a rule with its first version. `Conflict` when its name is taken.
    async fn insert_rule(&mut self, change: &RuleChange) -> Result<(), StoreError>;
    /// Replaces a rule; `change.rule.version` is the version that the caller read, and is counted up
    /// by one. `Stale` when it is not the present one, `Missing` when there is no such rule,
    /// `Conflict` when the name is taken.
    async fn update_rule(&mut self, change: &RuleChange) -> Result<Rule, StoreError>;
}
