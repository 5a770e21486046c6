//! Pages of a list, newest first, by cursor.

use super::time::Timestamp;
use uuid::Uuid;

/// Where the next page begins: after the item with this time and id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    /// Creation time of the last item of the page before.
    pub created_at: Timestamp,
    /// Id of that item.
    pub id: Uuid,
}

/// Which page is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageRequest {
    /// At most so many items.
    pub limit: u32,
    /// After which item; none for the first page.
    pub after: Option<Cursor>,
}

/// One page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// The items, newest first.
    pub items: Vec<T>,
    /// Where the next page begins; none on the last.
    pub next: Option<Cursor>,
}
