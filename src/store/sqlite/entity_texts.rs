//! The index of entities by any part of their normal forms: which entities hold a text.
//!
//! It is an FTS5 index of every three characters in a row, whose words are asked for as a phrase.
//! What it holds is not the text itself, but the text in an alphabet of the entity's kind: an ASCII
//! character becomes one of the private use area, and a character beyond ASCII becomes a mark of the
//! kind and twice itself. So each kind has words of its own and what a kind does not hold costs
//! nothing; a single Chinese character is three in a row and is found; and a text holds another exactly
//! if its form in the alphabet holds that one's.
//!
//! What the index finds are candidates, since it folds more cases than `LIKE` does. Who asks looks at
//! the texts themselves.

use std::collections::HashMap;

use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Row, Sqlite, SqliteConnection, SqlitePool};
use uuid::Uuid;

use super::columns::{Columns, id_bytes};
use super::entities::ROWS_A_STATEMENT;
use crate::domain::EntityKind;
use crate::store::StoreError;

/// Characters of a word of the index.
const GRAM_CHARS: usize = 3;
/// Where the alphabets begin: the supplementary private use area A.
const FIRST_LETTER: u32 = 0xf_0000;
/// Letters of an alphabet: one for each ASCII character, and the mark of the kind.
const LETTERS: u32 = 129;
/// The mark's place in its alphabet.
const MARK: u32 = 128;
/// Entities that are entered in one unit of work when the index is made.
const ROWS_A_BATCH: u32 = 20_000;
/// Entities of which opening checks that the index finds them, at each end.
const CHECKED_ENTITIES: i64 = 32;

/// A text in the alphabet of a kind.
fn written_out(kind: EntityKind, text: &str) -> String {
    let place = EntityKind::ALL.iter().position(|one| *one == kind);
    let place = place.and_then(|place| u32::try_from(place).ok());
    let first = FIRST_LETTER + place.unwrap_or(0) * LETTERS;
    let letter =
        |offset: u32| char::from_u32(first + offset).unwrap_or(char::REPLACEMENT_CHARACTER);
    let mut out = String::with_capacity(text.len() * 4);
    for c in text.chars() {
        if c.is_ascii() {
            out.push(letter(u32::from(c.to_ascii_lowercase())));
        } else {
            out.extend([letter(MARK), c, c]);
        }
    }
    out
}

/// The expression that finds candidates of a kind which hold a text; none where the text is too short
/// for the index.
fn expression(kind: EntityKind, text: &str) -> Option<String> {
    let text = written_out(kind, text);
    // No letter of an alphabet is a quote.
    (text.chars().count() >= GRAM_CHARS).then(|| format!("\"{text}\""))
}

/// Positions of entities of a kind that may hold a text, at most `limit`; none where the text is too
/// short for the index.
pub(super) async fn candidates(
    connection: &mut SqliteConnection,
    kind: EntityKind,
    text: &str,
    limit: u32,
) -> Result<Option<Vec<i64>>, StoreError> {
    let Some(expression) = expression(kind, text) else {
        return Ok(None);
    };
    let rows = sqlx::query("SELECT rowid FROM entity_grams WHERE entity_grams MATCH ? LIMIT ?")
        .bind(expression)
        .bind(limit)
        .fetch_all(connection)
        .await?;
    let positions = rows.iter().map(|row| row.try_get(0));
    Ok(Some(positions.collect::<Result<_, sqlx::Error>>()?))
}

/// Enters entities that are new, in the unit of work that adds them.
pub(super) async fn enter(
    connection: &mut SqliteConnection,
    entities: &[(Uuid, EntityKind, &str)],
) -> Result<(), StoreError> {
    for chunk in entities.chunks(ROWS_A_STATEMENT) {
        let mut query = QueryBuilder::<Sqlite>::new("INSERT INTO entity_texts (entity_id) ");
        query.push_values(chunk, |mut row, (id, _, _)| {
            row.push_bind(id_bytes(*id));
        });
        query.push(" RETURNING position, entity_id");
        let rows = query.build().fetch_all(&mut *connection).await?;
        let read = |row: &SqliteRow| {
            let columns = Columns::new("text of an entity", row);
            Ok((columns.id("entity_id")?, columns.raw::<i64>("position")?))
        };
        let positions: HashMap<Uuid, i64> =
            rows.iter().map(read).collect::<Result<_, StoreError>>()?;
        let entries = chunk.iter().filter_map(|(id, kind, normalised)| {
            Some((positions.get(id).copied()?, written_out(*kind, normalised)))
        });
        let mut query = QueryBuilder::<Sqlite>::new("INSERT INTO entity_grams (rowid, text) ");
        query.push_values(entries, |mut row, (position, text)| {
            row.push_bind(position).push_bind(text);
        });
        query.build().execute(&mut *connection).await?;
    }
    Ok(())
}

/// Makes the index hold every entity, when the file is opened: adds those that are not there, after
/// making it anew where it holds others or does not find what it holds.
pub(super) async fn follow_entities(writer: &SqlitePool) -> Result<(), StoreError> {
    let mut work = writer.begin_with("BEGIN IMMEDIATE").await?;
    if !is_sound(&mut work).await? {
        tracing::warn!("the index of the texts of entities is made anew");
        sqlx::query("DELETE FROM entity_texts")
            .execute(&mut *work)
            .await?;
        sqlx::query("INSERT INTO entity_grams (entity_grams) VALUES ('delete-all')")
            .execute(&mut *work)
            .await?;
    }
    work.commit().await?;
    loop {
        let mut work = writer.begin_with("BEGIN IMMEDIATE").await?;
        if count(&mut work, "entity_texts").await? >= count(&mut work, "entities").await? {
            return Ok(work.commit().await?);
        }
        let rows = sqlx::query(
            "SELECT id, kind, normalised FROM entities
             WHERE id NOT IN (SELECT entity_id FROM entity_texts) LIMIT ?",
        )
        .bind(ROWS_A_BATCH)
        .fetch_all(&mut *work)
        .await?;
        let read = |row: &SqliteRow| {
            let columns = Columns::new("entity", row);
            Ok((
                columns.id("id")?,
                columns.word("kind")?,
                columns.text("normalised")?,
            ))
        };
        let found: Vec<(Uuid, EntityKind, String)> =
            rows.iter().map(read).collect::<Result<_, StoreError>>()?;
        let entities: Vec<(Uuid, EntityKind, &str)> = found
            .iter()
            .map(|(id, kind, text)| (*id, *kind, text.as_str()))
            .collect();
        enter(&mut work, &entities).await?;
        work.commit().await?;
    }
}

/// Whether the index holds no more than there is, and finds a sample of what it holds.
async fn is_sound(connection: &mut SqliteConnection) -> Result<bool, StoreError> {
    let held = count(connection, "entity_texts").await?;
    if held > count(connection, "entities").await? {
        return Ok(false);
    }
    let rows = sqlx::query(
        "SELECT position, kind, normalised FROM entity_texts
             LEFT JOIN entities ON id = entity_id
         WHERE position IN (SELECT position FROM entity_texts ORDER BY position DESC LIMIT ?1)
            OR position <= ?1",
    )
    .bind(CHECKED_ENTITIES)
    .fetch_all(&mut *connection)
    .await?;
    for row in &rows {
        let columns = Columns::new("text of an entity", row);
        let Some(text) = columns.text_opt("normalised")? else {
            return Ok(false);
        };
        let Some(expression) = expression(columns.word("kind")?, &text) else {
            continue;
        };
        let found =
            sqlx::query("SELECT 1 FROM entity_grams WHERE entity_grams MATCH ? AND rowid = ?")
                .bind(expression)
                .bind(columns.raw::<i64>("position")?)
                .fetch_optional(&mut *connection)
                .await?;
        if found.is_none() {
            return Ok(false);
        }
    }
    Ok(true)
}

async fn count(connection: &mut SqliteConnection, table: &'static str) -> Result<u64, StoreError> {
    let mut query = QueryBuilder::<Sqlite>::new("SELECT count(*) AS found FROM ");
    query.push(table);
    let row = query.build().fetch_one(connection).await?;
    Columns::new("entity", &row).number("found")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_text_of_one_character_beyond_ascii_is_found_and_one_of_two_letters_is_not() {
        assert!(expression(EntityKind::Person, "张").is_some());
        assert!(expression(EntityKind::Person, "ab").is_none());
        assert!(
            expression(EntityKind::Person, "a\"b").is_some_and(|text| !text[1..].contains("\"b"))
        );
    }

    #[test]
    fn no_two_kinds_share_a_letter() {
        let ascii: String = (0u8..128).map(char::from).collect();
        let mut letters: Vec<char> = EntityKind::ALL
            .into_iter()
            .flat_map(|kind| {
                written_out(kind, &format!("{ascii}é"))
                    .chars()
                    .collect::<Vec<_>>()
            })
            .filter(|c| *c != 'é')
            .collect();
        letters.sort_unstable();
        letters.dedup();
        // Capitals are written as their small letters.
        assert_eq!(letters.len(), EntityKind::ALL.len() * (128 - 26 + 1));
        assert!(
            letters
                .iter()
                .all(|c| ('\u{f0000}'..='\u{ffffd}').contains(c))
        );
    }

    proptest! {
        #[test]
        fn a_text_holds_another_exactly_if_its_written_out_form_does(
            text in "[abAB张三é]{0,8}", part in "[abAB张三é]{1,3}",
        ) {
            let plain = text.to_ascii_lowercase().contains(&part.to_ascii_lowercase());
            let kind = EntityKind::Person;
            prop_assert_eq!(plain, written_out(kind, &text).contains(&written_out(kind, &part)));
        }
    }
}
