//! Events, added many at a time: each kind of row in statements of some hundred rows, since what a
//! statement costs is paid once for all of its rows.

use std::collections::{BTreeMap, HashMap};

use async_trait::async_trait;
use sqlx::{QueryBuilder, Sqlite};

use super::columns::{Columns, id_bytes, integer};
use super::entities::ROWS_A_STATEMENT;
use super::fault::refused;
use super::session::Session;
use crate::domain::{CaseEvent, EntityId, EntityKind, EventId, EventKind, Role};
use crate::store::{AddedEvents, EventWriter, StoreError};

/// Events of one kind, sides and currency, added up.
#[derive(Debug, Clone, Copy)]
struct Sum {
    events: i64,
    duration_ms: i64,
    amount_whole: i64,
    amount_nanos: i64,
    first_at: i64,
    last_at: i64,
}

/// An event that was new, with its position.
type New<'a> = (i64, &'a CaseEvent);

#[async_trait]
impl EventWriter for Session {
    async fn add_events(&mut self, added: &AddedEvents<'_>) -> Result<u64, StoreError> {
        let mut new = Vec::with_capacity(added.events.len());
        for chunk in added.events.chunks(ROWS_A_STATEMENT) {
            self.insert_events(added, chunk, &mut new).await?;
        }
        self.insert_parties(&new).await?;
        self.insert_places(added, &new).await?;
        self.insert_sums(added, &new).await?;
        Ok(new.len() as u64)
    }
}

fn fault(error: sqlx::Error, added: &AddedEvents<'_>) -> StoreError {
    refused(
        error,
        ("event", &added.case_id),
        ("case, import or entity of an event of case", &added.case_id),
    )
}

impl Session {
    /// Inserts those that the case does not have.
    async fn insert_events<'a>(
        &mut self,
        added: &AddedEvents<'_>,
        events: &'a [CaseEvent],
        new: &mut Vec<New<'a>>,
    ) -> Result<(), StoreError> {
        let mut values = Vec::with_capacity(events.len());
        for event in events {
            let amount = event.amount.as_ref();
            let whole = amount.map(|(amount, _)| integer("amount", amount.whole()));
            let duration = event.duration_ms.map(|ms| integer("duration", ms));
            let line = integer("line", event.source.row)?;
            values.push((event, whole.transpose()?, duration.transpose()?, line));
        }
        let mut query = QueryBuilder::<Sqlite>::new(
            "INSERT INTO events (id, case_id, kind, at, duration_ms, amount_whole, amount_nanos,
                 currency, reference, import_id, line, raw, content_key) ",
        );
        query.push_values(values, |mut row, (event, whole, duration, line)| {
            let amount = event.amount.as_ref();
            row.push_bind(id_bytes(event.id.0))
                .push_bind(id_bytes(event.case_id.0))
                .push_bind(event.kind.as_str())
                .push_bind(event.at.as_millis())
                .push_bind(duration)
                .push_bind(whole)
                .push_bind(amount.map(|(amount, _)| amount.nanos()))
                .push_bind(amount.map(|(_, currency)| currency.as_str()))
                .push_bind(event.reference.as_deref())
                .push_bind(id_bytes(event.source.import_id.0))
                .push_bind(line)
                .push_bind(event.source.raw.as_str())
                .push_bind(event.content_key.as_slice());
        });
        query.push(" ON CONFLICT (case_id, at, content_key) DO NOTHING RETURNING position, id");
        let rows = query
            .build()
            .fetch_all(self.connection())
            .await
            .map_err(|error| fault(error, added))?;
        let mut by_id: HashMap<EventId, &CaseEvent> =
            events.iter().map(|event| (event.id, event)).collect();
        for row in &rows {
            let columns = Columns::new("event", row);
            if let Some(event) = by_id.remove(&EventId(columns.id("id")?)) {
                new.push((columns.raw("position")?, event));
            }
        }
        Ok(())
    }

    async fn insert_parties(&mut self, new: &[New<'_>]) -> Result<(), StoreError> {
        let parties: Vec<_> = new
            .iter()
            .flat_map(|(position, event)| {
                let parties = event.parties.iter();
                parties.map(move |party| (*position, event.at, party))
            })
            .collect();
        for chunk in parties.chunks(ROWS_A_STATEMENT) {
            let mut query = QueryBuilder::<Sqlite>::new(
                "INSERT INTO event_entities (event, role, entity_id, at) ",
            );
            query.push_values(chunk, |mut row, (position, at, party)| {
                row.push_bind(*position)
                    .push_bind(party.role.as_str())
                    .push_bind(id_bytes(party.entity_id.0))
                    .push_bind(at.as_millis());
            });
            query
                .build()
                .execute(self.connection())
                .await
                .map_err(|error| {
                    refused(error, ("party", &"of an event"), ("entity", &"of an event"))
                })?;
        }
        Ok(())
    }

    /// Says that the entities occur in the case, and counts their events.
    async fn insert_places(
        &mut self,
        added: &AddedEvents<'_>,
        new: &[New<'_>],
    ) -> Result<(), StoreError> {
        let mut counts: BTreeMap<EntityId, (EntityKind, &str, i64)> = BTreeMap::new();
        for (_, event) in new {
            for (index, party) in event.parties.iter().enumerate() {
                let id = party.entity_id;
                // One entity on both sides is one event of it.
                let seen = event
                    .parties
                    .iter()
                    .take(index)
                    .any(|other| other.entity_id == id);
                let written = added.written.get(&id).unwrap_or(&party.normalised);
                let place = counts.entry(id).or_insert((party.kind, written, 0));
                place.2 += i64::from(!seen);
            }
        }
        let counts: Vec<_> = counts.into_iter().collect();
        for chunk in counts.chunks(ROWS_A_STATEMENT) {
            let mut query = QueryBuilder::<Sqlite>::new(
                "INSERT INTO case_entities (case_id, entity_id, kind, written, events, created_at) ",
            );
            query.push_values(chunk, |mut row, (id, (kind, written, events))| {
                row.push_bind(id_bytes(added.case_id.0))
                    .push_bind(id_bytes(id.0))
                    .push_bind(kind.as_str())
                    .push_bind((*written).to_owned())
                    .push_bind(*events)
                    .push_bind(added.at.as_millis());
            });
            query.push(
                " ON CONFLICT (case_id, entity_id) DO UPDATE SET events = events + excluded.events",
            );
            query
                .build()
                .execute(self.connection())
                .await
                .map_err(|error| fault(error, added))?;
        }
        Ok(())
    }

    async fn insert_sums(
        &mut self,
        added: &AddedEvents<'_>,
        new: &[New<'_>],
    ) -> Result<(), StoreError> {
        let sums = sums_of(new)?;
        for chunk in sums.chunks(ROWS_A_STATEMENT) {
            let mut query = QueryBuilder::<Sqlite>::new(
                "INSERT INTO event_ties (case_id, from_id, to_id, kind, currency, events,
                     duration_ms, amount_whole, amount_nanos, first_at, last_at) ",
            );
            query.push_values(chunk, |mut row, ((from, to, kind, currency), sum)| {
                row.push_bind(id_bytes(added.case_id.0))
                    .push_bind(id_bytes(from.0))
                    .push_bind(id_bytes(to.0))
                    .push_bind(kind.as_str())
                    .push_bind((*currency).to_owned())
                    .push_bind(sum.events)
                    .push_bind(sum.duration_ms)
                    .push_bind(sum.amount_whole)
                    .push_bind(sum.amount_nanos)
                    .push_bind(sum.first_at)
                    .push_bind(sum.last_at);
            });
            query.push(
                " ON CONFLICT (case_id, from_id, to_id, kind, currency) DO UPDATE SET
                     events = events + excluded.events,
                     duration_ms = duration_ms + excluded.duration_ms,
                     amount_whole = amount_whole + excluded.amount_whole,
                     amount_nanos = amount_nanos + excluded.amount_nanos,
                     first_at = min(first_at, excluded.first_at),
                     last_at = max(last_at, excluded.last_at)",
            );
            query
                .build()
                .execute(self.connection())
                .await
                .map_err(|error| fault(error, added))?;
        }
        Ok(())
    }
}

/// From, to, kind and currency of a sum.
type Tie<'a> = (EntityId, EntityId, EventKind, &'a str);

fn sums_of<'a>(new: &[New<'a>]) -> Result<Vec<(Tie<'a>, Sum)>, StoreError> {
    let mut sums: BTreeMap<Tie<'a>, Sum> = BTreeMap::new();
    for (_, event) in new {
        let (Some(from), Some(to)) = (event.party(Role::From), event.party(Role::To)) else {
            continue;
        };
        let amount = event.amount.as_ref();
        let currency = amount.map_or("", |(_, currency)| currency.as_str());
        let at = event.at.as_millis();
        let tie = (from.entity_id, to.entity_id, event.kind, currency);
        let sum = sums.entry(tie).or_insert(Sum {
            events: 0,
            duration_ms: 0,
            amount_whole: 0,
            amount_nanos: 0,
            first_at: at,
            last_at: at,
        });
        sum.events += 1;
        sum.duration_ms += integer("duration", event.duration_ms.unwrap_or(0))?;
        if let Some((amount, _)) = amount {
            sum.amount_whole += integer("amount", amount.whole())?;
            sum.amount_nanos += i64::from(amount.nanos());
        }
        sum.first_at = sum.first_at.min(at);
        sum.last_at = sum.last_at.max(at);
    }
    Ok(sums.into_iter().collect())
}
