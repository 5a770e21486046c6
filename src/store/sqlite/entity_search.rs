//! What the one query looks through: normal forms, case numbers, names and file names.

use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Sqlite};

use super::entities::{ENTITY, read_entity};
use super::entity_texts;
use super::session::Session;
use super::{cases, recordings, subjects};
use crate::domain::{Case, Entity, EntityKind, Recording, Subject};
use crate::store::{StoreError, TextMatch};

/// Candidates of a kind beyond which they are not looked at one by one: of a million texts in order,
/// some tens of thousands then hold as many as an answer lists.
const MANY: u32 = 600;
/// The order of entities in an answer: that of their normal forms, then of their kinds.
const IN_ORDER: &str = "normalised, kind";

/// Adds the condition that a column holds the text. Case does not matter for what is no whole.
fn condition(query: &mut QueryBuilder<Sqlite>, column: &str, text: &str, how: TextMatch) {
    match how {
        TextMatch::Whole => {
            query
                .push(format_args!("{column} = "))
                .push_bind(text.to_owned());
        }
        // A range, so that the index is used; the end is the text with its last character raised.
        TextMatch::Prefix => match above(text) {
            Some(end) => {
                query
                    .push(format_args!("({column} >= "))
                    .push_bind(text.to_owned())
                    .push(format_args!(" AND {column} < "))
                    .push_bind(end)
                    .push(")");
            }
            None => {
                query
                    .push(format_args!("{column} >= "))
                    .push_bind(text.to_owned());
            }
        },
        TextMatch::Anywhere => {
            query
                .push(format_args!("{column} LIKE "))
                .push_bind(format!("%{}%", escaped(text)))
                .push(" ESCAPE '\\'");
        }
    }
}

/// The least text above every text that begins with `text`; none where there is no such text.
fn above(text: &str) -> Option<String> {
    let mut chars: Vec<char> = text.chars().collect();
    while let Some(last) = chars.pop() {
        let next = (last as u32 + 1..=char::MAX as u32).find_map(char::from_u32);
        if let Some(next) = next {
            chars.push(next);
            return Some(chars.into_iter().collect());
        }
    }
    None
}

/// Text in which the signs of LIKE stand for themselves.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '%' | '_' | '\\') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

impl Session {
    async fn look<T>(
        &mut self,
        mut query: QueryBuilder<Sqlite>,
        order: &str,
        limit: u32,
        read: impl Fn(&SqliteRow) -> Result<T, StoreError>,
    ) -> Result<Vec<T>, StoreError> {
        query
            .push(format_args!(" ORDER BY {order} LIMIT "))
            .push_bind(limit);
        let rows = query.build().fetch_all(self.connection()).await?;
        rows.iter().map(read).collect()
    }

    pub(super) async fn find_entities(
        &mut self,
        text: &str,
        how: TextMatch,
        limit: u32,
    ) -> Result<Vec<Entity>, StoreError> {
        if how == TextMatch::Anywhere {
            return self.find_entities_holding(text, limit).await;
        }
        let mut query =
            QueryBuilder::<Sqlite>::new(format!("SELECT {ENTITY} FROM entities WHERE "));
        condition(&mut query, "normalised", text, how);
        self.look(query, IN_ORDER, limit, read_entity).await
    }

    /// Entities that hold a text, kind by kind. Where few of a kind may hold it, these are looked at;
    /// where many may, entities of the kind are looked through in order, and the first are soon found.
    async fn find_entities_holding(
        &mut self,
        text: &str,
        limit: u32,
    ) -> Result<Vec<Entity>, StoreError> {
        let mut found = Vec::new();
        for kind in EntityKind::ALL {
            let mut query =
                QueryBuilder::<Sqlite>::new(format!("SELECT {ENTITY} FROM entities WHERE "));
            let candidates =
                entity_texts::candidates(self.connection(), kind, text, MANY + 1).await?;
            match candidates {
                Some(positions) if positions.is_empty() => continue,
                Some(positions) if positions.len() <= MANY as usize => {
                    query.push("id IN (SELECT entity_id FROM entity_texts WHERE position IN (");
                    let mut list = query.separated(", ");
                    for position in positions {
                        list.push_bind(position);
                    }
                    // The sign keeps the order of the candidates from being found by the index of all.
                    query.push(")) AND +");
                }
                Some(_) | None => {
                    query.push("kind = ").push_bind(kind.as_str()).push(" AND ");
                }
            }
            condition(&mut query, "normalised", text, TextMatch::Anywhere);
            found.extend(self.look(query, IN_ORDER, limit, read_entity).await?);
        }
        found.sort_by(|left, right| {
            let name = |one: &Entity| (one.normalised.clone(), one.kind.as_str());
            name(left).cmp(&name(right))
        });
        found.truncate(limit as usize);
        Ok(found)
    }

    pub(super) async fn find_cases(
        &mut self,
        text: &str,
        how: TextMatch,
        limit: u32,
    ) -> Result<Vec<Case>, StoreError> {
        let mut query = QueryBuilder::<Sqlite>::new(cases::SELECT);
        query.push(" WHERE ");
        condition(&mut query, "case_no", text, how);
        query.push(" OR ");
        condition(&mut query, "title", text, how);
        self.look(query, "created_at DESC, id DESC", limit, cases::read)
            .await
    }

    pub(super) async fn find_subjects(
        &mut self,
        text: &str,
        how: TextMatch,
        limit: u32,
    ) -> Result<Vec<Subject>, StoreError> {
        let mut query = QueryBuilder::<Sqlite>::new(subjects::SELECT);
        query.push(" WHERE ");
        condition(&mut query, "name", text, how);
        self.look(query, "created_at DESC, id DESC", limit, subjects::read)
            .await
    }

    pub(super) async fn find_recordings(
        &mut self,
        text: &str,
        how: TextMatch,
        limit: u32,
    ) -> Result<Vec<Recording>, StoreError> {
        let mut query = QueryBuilder::<Sqlite>::new(recordings::SELECT);
        query.push(" WHERE ");
        condition(&mut query, "filename", text, how);
        let order = "recordings.created_at DESC, recordings.id DESC";
        self.look(query, order, limit, recordings::read).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_range_is_above_all_that_begin_with_the_text() {
        assert_eq!(above("+86138").as_deref(), Some("+86139"));
        assert_eq!(above("录").as_deref(), Some("彖"));
        assert_eq!(above("a\u{10ffff}").as_deref(), Some("b"));
        assert_eq!(above("\u{d7ff}").as_deref(), Some("\u{e000}"));
        assert_eq!(above("\u{10ffff}"), None);
        assert_eq!(escaped("50%_\\"), "50\\%\\_\\\\");
    }
}
