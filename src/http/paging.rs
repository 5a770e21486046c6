//! Lists are read in pages: `?limit=&cursor=` and `{items, next_cursor}`.

use data_encoding::BASE64URL_NOPAD;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::problem::Problem;
use crate::domain::{Cursor, Page, PageRequest, Timestamp};

/// Items in a page where no number is asked for.
const DEFAULT_LIMIT: u32 = 50;
/// Most items in a page.
pub const MAX_LIMIT: u32 = 200;
/// A cursor is a time and an id.
const CURSOR_BYTES: usize = 24;

/// Which page.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PageParams {
    /// Items at most, 1 to 200.
    pub limit: Option<u32>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// Reads which page is wanted.
pub fn page_request(limit: Option<u32>, cursor: Option<&str>) -> Result<PageRequest, Problem> {
    let limit = limit.unwrap_or(DEFAULT_LIMIT);
    if !(1..=MAX_LIMIT).contains(&limit) {
        return Err(Problem::invalid(
            "limit",
            limit.to_string(),
            format!("1 to {MAX_LIMIT}"),
        ));
    }
    let after = match cursor {
        None => None,
        Some(text) => Some(read_cursor(text).ok_or_else(|| {
            Problem::invalid(
                "cursor",
                format!("{text:?}"),
                "next_cursor of the page before",
            )
        })?),
    };
    Ok(PageRequest { limit, after })
}

/// A page of a list as it is sent.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PageBody<T> {
    /// The items, newest first.
    pub items: Vec<T>,
    /// Where the next page begins; null on the last.
    pub next_cursor: Option<String>,
}

impl<T> PageBody<T> {
    /// A page whose items are sent as `T`.
    pub fn of<N>(page: Page<N>, body: impl FnMut(N) -> T) -> Self {
        Self {
            items: page.items.into_iter().map(body).collect(),
            next_cursor: page.next.map(write_cursor),
        }
    }
}

fn write_cursor(cursor: Cursor) -> String {
    let mut bytes = [0u8; CURSOR_BYTES];
    let (time, id) = bytes.split_at_mut(8);
    time.copy_from_slice(&cursor.created_at.as_millis().to_be_bytes());
    id.copy_from_slice(cursor.id.as_bytes());
    BASE64URL_NOPAD.encode(&bytes)
}

fn read_cursor(text: &str) -> Option<Cursor> {
    let bytes = BASE64URL_NOPAD.decode(text.as_bytes()).ok()?;
    let (time, id) = bytes.split_first_chunk::<8>()?;
    let id = Uuid::from_slice(id).ok()?;
    Some(Cursor {
        created_at: Timestamp::from_millis(i64::from_be_bytes(*time)),
        id,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_cursor_comes_back_as_it_went(millis in any::<i64>(), id in any::<u128>()) {
            let cursor =
                Cursor { created_at: Timestamp::from_millis(millis), id: Uuid::from_u128(id) };
            prop_assert_eq!(read_cursor(&write_cursor(cursor)), Some(cursor));
        }

        #[test]
        fn any_text_is_a_cursor_or_none(text in ".{0,64}") {
            let _ = read_cursor(&text);
        }
    }
}
