//! One transaction: a look or a unit of work. The queries are the same; what a look may not do, its
//! type does not offer, and its connection refuses.

use async_trait::async_trait;
use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Sqlite, SqliteConnection, Transaction};
use uuid::Uuid;

use super::columns::id_bytes;
use crate::store::{StoreError, UnitOfWork};

/// One transaction; dropped without a commit, it is rolled back.
pub(super) struct Session {
    transaction: Transaction<'static, Sqlite>,
    /// Whether an audit row was appended in it.
    pub(super) audited: bool,
}

impl Session {
    pub(super) fn new(transaction: Transaction<'static, Sqlite>) -> Self {
        Self {
            transaction,
            audited: false,
        }
    }

    pub(super) fn connection(&mut self) -> &mut SqliteConnection {
        &mut self.transaction
    }

    /// The row of `select` whose `column` is this id.
    pub(super) async fn row_by_id(
        &mut self,
        select: &str,
        column: &'static str,
        id: Uuid,
    ) -> Result<Option<SqliteRow>, StoreError> {
        let mut query = QueryBuilder::<Sqlite>::new(select);
        query
            .push(format_args!(" WHERE {column} = "))
            .push_bind(id_bytes(id));
        Ok(query.build().fetch_optional(self.connection()).await?)
    }
}

#[async_trait]
impl UnitOfWork for Session {
    async fn commit(self: Box<Self>) -> Result<(), StoreError> {
        if !self.audited {
            let detail = "the unit of work has no audit row".to_owned();
            return Err(StoreError::AuditChain { detail });
        }
        Ok(self.transaction.commit().await?)
    }
}
