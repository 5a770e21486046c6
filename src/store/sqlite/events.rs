//! Events, looked at.

use std::collections::{HashMap, HashSet};

use async_trait::async_trait;
use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Sqlite};

use super::columns::{Columns, id_bytes};
use super::session::Session;
use crate::domain::{
    Amount, CaseEvent, CaseId, Currency, EntityId, EventId, EventKind, EventSource, EventTie,
    ImportId, Page, PageRequest, Party, Timestamp,
};
use crate::store::traits::page_of;
use crate::store::{EventFilter, EventReader, StoreError};

const SELECT: &str = "SELECT events.position, events.id, events.case_id, events.kind, events.at,
    events.duration_ms, events.amount_whole, events.amount_nanos, events.currency,
    events.reference, events.import_id, events.line, events.raw, events.content_key FROM events";

/// A party belongs to the first role in which its entity takes part, so that a list has an event
/// once where one entity is on both sides.
const ONCE: &str = " NOT EXISTS (SELECT 1 FROM event_entities AS twin
    WHERE twin.event = party.event AND twin.entity_id = party.entity_id AND twin.role < party.role)";

fn read(row: &SqliteRow) -> Result<(i64, CaseEvent), StoreError> {
    let columns = Columns::new("event", row);
    let corrupt = |detail: String| StoreError::Corrupt {
        what: "event",
        detail,
    };
    let amount = match (
        columns.number_opt::<u64>("amount_whole")?,
        columns.number_opt::<u32>("amount_nanos")?,
        columns.text_opt("currency")?,
    ) {
        (Some(whole), Some(nanos), Some(currency)) => Some((
            Amount::new(whole, nanos)
                .ok_or_else(|| corrupt(format!("amount {whole} and {nanos} billionths")))?,
            currency_of(currency)?,
        )),
        (None, None, None) => None,
        _ => return Err(corrupt("an amount without its currency".to_owned())),
    };
    let key: &[u8] = columns.raw("content_key")?;
    let event = CaseEvent {
        id: EventId(columns.id("id")?),
        case_id: CaseId(columns.id("case_id")?),
        kind: columns.word("kind")?,
        at: columns.time("at")?,
        duration_ms: columns.number_opt("duration_ms")?,
        amount,
        reference: columns.text_opt("reference")?,
        parties: Vec::new(),
        source: EventSource {
            import_id: ImportId(columns.id("import_id")?),
            row: columns.number("line")?,
            raw: columns.text("raw")?,
        },
        content_key: key
            .try_into()
            .map_err(|_| corrupt(format!("content key of {} bytes", key.len())))?,
    };
    Ok((columns.raw("position")?, event))
}

fn currency_of(text: String) -> Result<Currency, StoreError> {
    Currency::try_from(text).map_err(|error| StoreError::Corrupt {
        what: "currency",
        detail: error.to_string(),
    })
}

impl Session {
    /// Reads who takes part in each.
    async fn with_parties(&mut self, rows: &[SqliteRow]) -> Result<Vec<CaseEvent>, StoreError> {
        let mut events = rows.iter().map(read).collect::<Result<Vec<_>, _>>()?;
        if events.is_empty() {
            return Ok(Vec::new());
        }
        let mut query = QueryBuilder::<Sqlite>::new(
            "SELECT event, role, entity_id, kind, normalised FROM event_entities
             JOIN entities ON entities.id = event_entities.entity_id WHERE event IN (",
        );
        let mut list = query.separated(", ");
        for (position, _) in &events {
            list.push_bind(*position);
        }
        query.push(") ORDER BY event");
        let rows = query.build().fetch_all(self.connection()).await?;
        let mut parties: HashMap<i64, Vec<Party>> = HashMap::new();
        for row in &rows {
            let columns = Columns::new("party of an event", row);
            parties
                .entry(columns.raw("event")?)
                .or_default()
                .push(Party {
                    role: columns.word("role")?,
                    entity_id: EntityId(columns.id("entity_id")?),
                    kind: columns.word("kind")?,
                    normalised: columns.text("normalised")?,
                });
        }
        for (position, event) in &mut events {
            event.parties = parties.remove(position).unwrap_or_default();
            event.parties.sort_by_key(|party| party.role);
        }
        Ok(events.into_iter().map(|(_, event)| event).collect())
    }
}

#[async_trait]
impl EventReader for Session {
    async fn event(&mut self, id: EventId) -> Result<Option<CaseEvent>, StoreError> {
        let row = self.row_by_id(SELECT, "events.id", id.0).await?;
        let rows: Vec<SqliteRow> = row.into_iter().collect();
        Ok(self.with_parties(&rows).await?.pop())
    }

    async fn events(
        &mut self,
        filter: &EventFilter,
        page: PageRequest,
    ) -> Result<Page<CaseEvent>, StoreError> {
        let mut query = QueryBuilder::<Sqlite>::new(SELECT);
        // The time stands in the index of the entity too, so that its list is read in order.
        let at = match filter.entity_id {
            Some(id) => {
                query
                    .push(
                        " JOIN event_entities AS party ON party.event = events.position
                         WHERE party.entity_id = ",
                    )
                    .push_bind(id_bytes(id.0))
                    .push(" AND")
                    .push(ONCE);
                "party.at"
            }
            None => {
                query.push(" WHERE TRUE");
                "events.at"
            }
        };
        if let Some(case_id) = filter.case_id {
            query
                .push(" AND events.case_id = ")
                .push_bind(id_bytes(case_id.0));
        }
        if let Some(kind) = filter.kind {
            query.push(" AND events.kind = ").push_bind(kind.as_str());
        }
        if let Some(from) = filter.from {
            query
                .push(format_args!(" AND {at} >= "))
                .push_bind(from.as_millis());
        }
        if let Some(to) = filter.to {
            query
                .push(format_args!(" AND {at} < "))
                .push_bind(to.as_millis());
        }
        if let Some(after) = page.after {
            query
                .push(format_args!(" AND {at} <= "))
                .push_bind(after.created_at.as_millis())
                .push(format_args!(" AND ({at}, events.id) < ("))
                .push_bind(after.created_at.as_millis())
                .push(", ")
                .push_bind(id_bytes(after.id))
                .push(")");
        }
        query
            .push(format_args!(" ORDER BY {at} DESC, events.id DESC LIMIT "))
            .push_bind(i64::from(page.limit) + 1);
        let rows = query.build().fetch_all(self.connection()).await?;
        let events = self.with_parties(&rows).await?;
        Ok(page_of(events, page, |event| (event.at, event.id.0)))
    }

    async fn known_contents(
        &mut self,
        case_id: CaseId,
        contents: &[(Timestamp, [u8; 16])],
    ) -> Result<HashSet<[u8; 16]>, StoreError> {
        let mut known = HashSet::new();
        for (at, key) in contents {
            let row = sqlx::query(
                "SELECT 1 FROM events WHERE case_id = ? AND at = ? AND content_key = ?",
            )
            .bind(id_bytes(case_id.0))
            .bind(at.as_millis())
            .bind(key.as_slice())
            .fetch_optional(self.connection())
            .await?;
            if row.is_some() {
                known.insert(*key);
            }
        }
        Ok(known)
    }

    async fn event_counts(&mut self, case_id: CaseId) -> Result<Vec<(EventKind, u64)>, StoreError> {
        let rows = sqlx::query(
            "SELECT kind, count(*) AS found FROM events WHERE case_id = ? GROUP BY kind",
        )
        .bind(id_bytes(case_id.0))
        .fetch_all(self.connection())
        .await?;
        let read = |row: &SqliteRow| {
            let columns = Columns::new("event", row);
            Ok((columns.word("kind")?, columns.number("found")?))
        };
        rows.iter().map(read).collect()
    }

    async fn calls_between(
        &mut self,
        case_id: CaseId,
        numbers: [EntityId; 2],
        from: Timestamp,
        to: Timestamp,
        limit: u32,
    ) -> Result<Vec<(EventId, Timestamp)>, StoreError> {
        let [one, other] = numbers.map(|id| id_bytes(id.0));
        let rows = sqlx::query(
            "SELECT events.id, events.at FROM event_entities AS one
             JOIN event_entities AS other ON other.event = one.event AND other.entity_id = ?2
                 AND other.role IN ('from', 'to') AND other.role <> one.role
             JOIN events ON events.position = one.event AND events.kind = 'call'
                 AND events.case_id = ?3
             WHERE one.entity_id = ?1 AND one.role IN ('from', 'to') AND one.at BETWEEN ?4 AND ?5
             GROUP BY events.position ORDER BY events.at, events.id LIMIT ?6",
        )
        .bind(one)
        .bind(other)
        .bind(id_bytes(case_id.0))
        .bind(from.as_millis())
        .bind(to.as_millis())
        .bind(limit)
        .fetch_all(self.connection())
        .await?;
        let read = |row: &SqliteRow| {
            let columns = Columns::new("event", row);
            Ok((EventId(columns.id("id")?), columns.time("at")?))
        };
        rows.iter().map(read).collect()
    }

    async fn ties_of_case(
        &mut self,
        case_id: CaseId,
        limit: u32,
    ) -> Result<Vec<EventTie>, StoreError> {
        let rows = sqlx::query(
            "SELECT case_id, from_id, to_id, kind, currency, events, duration_ms, amount_whole,
                 amount_nanos, first_at, last_at
             FROM event_ties WHERE case_id = ? ORDER BY events DESC LIMIT ?",
        )
        .bind(id_bytes(case_id.0))
        .bind(limit)
        .fetch_all(self.connection())
        .await?;
        let read = |row: &SqliteRow| {
            let columns = Columns::new("sum of events", row);
            let currency = columns.text("currency")?;
            let sum = Amount::of_sums(
                columns.number("amount_whole")?,
                columns.number("amount_nanos")?,
            );
            Ok(EventTie {
                case_id: CaseId(columns.id("case_id")?),
                kind: columns.word("kind")?,
                from: EntityId(columns.id("from_id")?),
                to: EntityId(columns.id("to_id")?),
                events: columns.number("events")?,
                duration_ms: columns.number("duration_ms")?,
                amount: match currency.as_str() {
                    "" => None,
                    _ => Some((sum, currency_of(currency)?)),
                },
                first_at: columns.time("first_at")?,
                last_at: columns.time("last_at")?,
            })
        };
        rows.iter().map(read).collect()
    }

    async fn tie_count(&mut self, case_id: CaseId) -> Result<u64, StoreError> {
        let row = sqlx::query("SELECT count(*) AS found FROM event_ties WHERE case_id = ?")
            .bind(id_bytes(case_id.0))
            .fetch_one(self.connection())
            .await?;
        Columns::new("sum of events", &row).number("found")
    }

    async fn tied_entities(
        &mut self,
        id: EntityId,
        limit: u32,
    ) -> Result<Vec<EntityId>, StoreError> {
        let rows = sqlx::query(
            "SELECT to_id AS other FROM event_ties WHERE from_id = ?1
             UNION SELECT from_id FROM event_ties WHERE to_id = ?1 ORDER BY other LIMIT ?2",
        )
        .bind(id_bytes(id.0))
        .bind(limit)
        .fetch_all(self.connection())
        .await?;
        let read = |row: &SqliteRow| Columns::new("sum of events", row).id("other").map(EntityId);
        rows.iter().map(read).collect()
    }
}
