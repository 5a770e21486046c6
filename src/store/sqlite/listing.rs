//! Lists, newest first, by cursor.

use std::fmt::Display;

use sqlx::sqlite::SqliteRow;
use sqlx::{Encode, QueryBuilder, Sqlite, SqliteConnection, Type};
use uuid::Uuid;

use super::columns::id_bytes;
use crate::domain::{Page, PageRequest, Timestamp};
use crate::store::StoreError;
use crate::store::traits::page_of;

/// A list that is being asked for.
pub(super) struct Listing {
    query: QueryBuilder<Sqlite>,
    table: &'static str,
    joint: &'static str,
}

impl Listing {
    /// Rows of `select`, in the order of `created_at` and `id` of `table`.
    pub(super) fn new(select: &str, table: &'static str) -> Self {
        Self {
            query: QueryBuilder::new(select),
            table,
            joint: " WHERE ",
        }
    }

    /// Only rows whose column holds `value`; no value is no condition.
    pub(super) fn only<'t, T>(mut self, column: &'static str, value: Option<T>) -> Self
    where
        T: Encode<'t, Sqlite> + Type<Sqlite>,
    {
        if let Some(value) = value {
            let table = self.table;
            self.condition(format_args!("{table}.{column} = "));
            self.query.push_bind(value);
        }
        self
    }

    /// Only rows one of whose columns holds `value`; no value is no condition.
    pub(super) fn either<'t, T>(mut self, columns: [&'static str; 2], value: Option<T>) -> Self
    where
        T: Encode<'t, Sqlite> + Type<Sqlite> + Clone,
    {
        if let Some(value) = value {
            let table = self.table;
            let [one, other] = columns;
            self.condition(format_args!("({table}.{one} = "));
            self.query
                .push_bind(value.clone())
                .push(format_args!(" OR {table}.{other} = "))
                .push_bind(value)
                .push(")");
        }
        self
    }

    /// Only rows whose column is empty.
    pub(super) fn without(mut self, column: &'static str) -> Self {
        let table = self.table;
        self.condition(format_args!("{table}.{column} IS NULL"));
        self
    }

    /// Only rows whose column is not empty.
    pub(super) fn with(mut self, column: &'static str) -> Self {
        let table = self.table;
        self.condition(format_args!("{table}.{column} IS NOT NULL"));
        self
    }

    fn condition(&mut self, condition: impl Display) {
        self.query.push(self.joint).push(condition);
        self.joint = " AND ";
    }

    /// One page of it.
    pub(super) async fn page<T>(
        mut self,
        connection: &mut SqliteConnection,
        request: PageRequest,
        read: impl Fn(&SqliteRow) -> Result<T, StoreError>,
        key: impl Fn(&T) -> (Timestamp, Uuid),
    ) -> Result<Page<T>, StoreError> {
        let table = self.table;
        if let Some(after) = request.after {
            self.condition(format_args!("({table}.created_at, {table}.id) < ("));
            self.query
                .push_bind(after.created_at.as_millis())
                .push(", ")
                .push_bind(id_bytes(after.id))
                .push(")");
        }
        self.query
            .push(format_args!(
                " ORDER BY {table}.created_at DESC, {table}.id DESC LIMIT "
            ))
            // One more than asked tells whether there is a next page.
            .push_bind(i64::from(request.limit) + 1);
        let rows = self.query.build().fetch_all(connection).await?;
        let items = rows.iter().map(read).collect::<Result<Vec<_>, _>>()?;
        Ok(page_of(items, request, key))
    }
}
