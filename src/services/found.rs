//! What a query found: items in groups, each with every reason, the surest first.

use crate::domain::{Case, CaseEvent, Entity, Recording, Subject};

/// How an item answers a query, the surest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Way {
    /// Its normal form, number or name is the query.
    Exact,
    /// It begins with the query.
    Prefix,
    /// It ends in the query.
    Suffix,
    /// It holds the query.
    Part,
    /// It occurs with something that is the query.
    Related,
    /// It occurs with a voice that a search by clip found.
    Voice,
}

impl Way {
    /// The name used in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Prefix => "prefix",
            Self::Suffix => "suffix",
            Self::Part => "part",
            Self::Related => "related",
            Self::Voice => "voice",
        }
    }
}

/// Why an item answers a query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Why {
    /// How.
    pub way: Way,
    /// Through which field: `case_no`, `title`, `name`, `filename`, `sha256`, or a kind of entity.
    pub field: String,
    /// What stands there.
    pub value: String,
}

/// An item with why.
#[derive(Debug, Clone, PartialEq)]
pub struct FoundItem<T> {
    /// The item.
    pub item: T,
    /// Every reason, the surest first.
    pub why: Vec<Why>,
}

/// Everything that answers a query, in groups, the surest first in each.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Found {
    /// Cases.
    pub cases: Vec<FoundItem<Case>>,
    /// Recordings.
    pub recordings: Vec<FoundItem<Recording>>,
    /// Subjects.
    pub subjects: Vec<FoundItem<Subject>>,
    /// Entities.
    pub entities: Vec<FoundItem<Entity>>,
    /// Events.
    pub events: Vec<FoundItem<CaseEvent>>,
    /// Whether a group has more than is listed.
    pub cut: bool,
}

impl Found {
    pub(super) fn finish(&mut self, limit: usize) {
        self.cut |= order(&mut self.cases, limit)
            | order(&mut self.recordings, limit)
            | order(&mut self.subjects, limit)
            | order(&mut self.entities, limit)
            | order(&mut self.events, limit);
    }
}

/// Puts the surest first and cuts; true where there was more.
fn order<T>(items: &mut Vec<FoundItem<T>>, limit: usize) -> bool {
    for item in items.iter_mut() {
        item.why.sort_by_key(|why| why.way);
    }
    // Stable, so that the newest stay first among the equally sure.
    items.sort_by_key(|item| item.why.first().map(|why| why.way));
    let cut = items.len() > limit;
    items.truncate(limit);
    cut
}

/// Adds an item, or a reason to one that is there.
pub(super) fn add<T, K: PartialEq>(
    items: &mut Vec<FoundItem<T>>,
    item: T,
    key: impl Fn(&T) -> K,
    why: Why,
) {
    let id = key(&item);
    match items.iter_mut().find(|known| key(&known.item) == id) {
        Some(known) if known.why.contains(&why) => {}
        Some(known) => known.why.push(why),
        None => items.push(FoundItem {
            item,
            why: vec![why],
        }),
    }
}

pub(super) fn why(way: Way, field: impl Into<String>, value: impl Into<String>) -> Why {
    Why {
        way,
        field: field.into(),
        value: value.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_surest_reason_decides_the_order() {
        let mut items = Vec::new();
        add(&mut items, 1, |one| *one, why(Way::Part, "a", "x"));
        add(&mut items, 2, |one| *one, why(Way::Related, "a", "x"));
        add(&mut items, 3, |one| *one, why(Way::Part, "a", "x"));
        add(&mut items, 2, |one| *one, why(Way::Exact, "b", "x"));
        add(&mut items, 2, |one| *one, why(Way::Exact, "b", "x"));
        assert!(order(&mut items, 2));
        assert_eq!(items.iter().map(|one| one.item).collect::<Vec<_>>(), [2, 1]);
        assert_eq!(items[0].why.len(), 2);
        assert_eq!(items[0].why[0].way, Way::Exact);
    }
}
