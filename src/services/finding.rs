//! The one query: a number, an account, a name, a case number or a file name answers everything
//! that is known of it, grouped, ranked, and each with why.

use std::collections::BTreeSet;

use super::found::{Found, Way, Why, add, why};
use super::{ServiceError, Services};
use crate::domain::{
    Entity, EntityId, EntityKind, PageRequest, Recording, Sha256, Subject, SubjectId,
};
use crate::entities::{folded, normal_form};
use crate::store::{EventFilter, Reader, RecordingFilter, TextMatch};

/// Longest query, in characters.
const MAX_QUERY_CHARS: usize = 256;
/// Shortest query that is looked for within texts, in bytes of UTF-8: two Latin letters stand in
/// half of all names, one Chinese character has three bytes.
const MIN_PART_BYTES: usize = 3;
/// Most items of a group.
pub(super) const MAX_ITEMS: u32 = 100;
/// Items of a group where no number is asked for.
const DEFAULT_ITEMS: u32 = 20;
/// Most entities whose cases, recordings and events are followed.
const MAX_FOLLOWED: usize = 5;

/// How a text holds a query; none where it does not.
fn way_of(text: &str, query: &str) -> Option<Way> {
    let (text, query) = (folded(text), folded(query));
    if text == query {
        Some(Way::Exact)
    } else if text.starts_with(&query) {
        Some(Way::Prefix)
    } else if text.ends_with(&query) {
        Some(Way::Suffix)
    } else {
        text.contains(&query).then_some(Way::Part)
    }
}

impl Services {
    /// Everything that answers a query, in groups of at most `limit`.
    ///
    /// # Errors
    /// `Invalid` when the query is empty or too long, or the limit out of range.
    pub async fn find(&self, query: &str, limit: Option<u32>) -> Result<Found, ServiceError> {
        let query = checked_query(query)?;
        let limit = checked_limit(limit)?;
        let mut reader = self.store.reader().await?;
        let mut found = Found::default();
        let exact = self.find_exact(reader.as_mut(), query, &mut found).await?;
        self.find_texts(reader.as_mut(), query, limit, &mut found)
            .await?;
        for entity in followed(exact, &found) {
            self.follow_entity(reader.as_mut(), &entity, limit, &mut found)
                .await?;
        }
        self.follow_names(reader.as_mut(), limit, &mut found)
            .await?;
        found.finish(limit as usize);
        Ok(found)
    }

    /// Entities whose normal form is that of the query under any kind.
    async fn find_exact(
        &self,
        reader: &mut dyn Reader,
        query: &str,
        found: &mut Found,
    ) -> Result<Vec<Entity>, ServiceError> {
        let mut exact = Vec::new();
        for kind in EntityKind::ALL {
            let Ok(form) = normal_form(kind, query, self.settings.entities.region) else {
                continue;
            };
            if let Some(entity) = reader.entity_by_value(kind, &form.value).await? {
                let reason = why(Way::Exact, kind.as_str(), &entity.normalised);
                exact.push(entity.clone());
                add(&mut found.entities, entity, |entity| entity.id, reason);
            }
        }
        if let Ok(sha256) = query.parse::<Sha256>() {
            let filter = RecordingFilter {
                sha256: Some(sha256),
                ..RecordingFilter::default()
            };
            for recording in reader.recordings(&filter, page(MAX_ITEMS)).await?.items {
                let reason = why(Way::Exact, "sha256", query);
                add(&mut found.recordings, recording, |found| found.id, reason);
            }
        }
        Ok(exact)
    }

    /// What begins with, ends in or holds the query.
    async fn find_texts(
        &self,
        reader: &mut dyn Reader,
        query: &str,
        limit: u32,
        found: &mut Found,
    ) -> Result<(), ServiceError> {
        let mut ways = vec![TextMatch::Whole, TextMatch::Prefix];
        if query.len() >= MIN_PART_BYTES {
            ways.push(TextMatch::Anywhere);
        }
        // One more than is listed tells that there are more.
        let limit = limit + 1;
        let plain = folded(query);
        for how in ways {
            let mut texts = vec![plain.clone()];
            if let Some(number) = self.settings.entities.region.begun_number(&plain)
                && how == TextMatch::Prefix
            {
                texts.push(number);
            }
            for text in texts {
                for entity in reader.entities_like(&text, how, limit).await? {
                    let way = way_of(&entity.normalised, &text).unwrap_or(Way::Part);
                    let reason = why(way, entity.kind.as_str(), &entity.normalised);
                    let known = found.entities.iter().any(|one| one.item.id == entity.id);
                    if !known {
                        add(&mut found.entities, entity, |entity| entity.id, reason);
                    }
                }
            }
            for case in reader.cases_like(query, how, limit).await? {
                let title = case.title.clone().unwrap_or_default();
                for (field, text) in [("case_no", case.case_no.clone()), ("title", title)] {
                    if let Some(way) = way_of(&text, query) {
                        add(
                            &mut found.cases,
                            case.clone(),
                            |case| case.id,
                            why(way, field, text),
                        );
                    }
                }
            }
            for subject in reader.subjects_like(query, how, limit).await? {
                if let Some(way) = way_of(&subject.name, query) {
                    let reason = why(way, "name", &subject.name);
                    add(&mut found.subjects, subject, |subject| subject.id, reason);
                }
            }
            for recording in reader.recordings_like(query, how, limit).await? {
                if let Some(way) = way_of(&recording.filename, query) {
                    let reason = why(way, "filename", &recording.filename);
                    add(&mut found.recordings, recording, |found| found.id, reason);
                }
            }
        }
        Ok(())
    }

    /// Cases, recordings, subjects and events of an entity that is the query.
    async fn follow_entity(
        &self,
        reader: &mut dyn Reader,
        entity: &Entity,
        limit: u32,
        found: &mut Found,
    ) -> Result<(), ServiceError> {
        let limit = limit + 1;
        let reason = || why(Way::Related, entity.kind.as_str(), &entity.normalised);
        for (case, _) in reader.cases_of_entity(entity.id, limit).await? {
            add(&mut found.cases, case, |case| case.id, reason());
        }
        for party in reader.recordings_of_entity(entity.id, limit).await? {
            let Some(recording) = reader.recording(party.recording_id).await? else {
                continue;
            };
            self.follow_voices(reader, &recording, &reason(), found)
                .await?;
            add(&mut found.recordings, recording, |found| found.id, reason());
        }
        let filter = EventFilter {
            entity_id: Some(entity.id),
            ..EventFilter::default()
        };
        for event in reader.events(&filter, page(limit)).await?.items {
            add(&mut found.events, event, |event| event.id, reason());
        }
        Ok(())
    }

    /// Subjects whose enrolled voices are in a recording.
    pub(super) async fn follow_voices(
        &self,
        reader: &mut dyn Reader,
        recording: &Recording,
        reason: &Why,
        found: &mut Found,
    ) -> Result<(), ServiceError> {
        let voices = reader
            .voices_of_recording(recording.id, self.clock.now())
            .await?;
        let subjects: BTreeSet<SubjectId> =
            voices.iter().filter_map(|voice| voice.subject_id).collect();
        for id in subjects {
            if let Some(subject) = reader.subject(id).await? {
                add(
                    &mut found.subjects,
                    subject,
                    |subject| subject.id,
                    reason.clone(),
                );
            }
        }
        Ok(())
    }

    /// Cases and recordings in which subjects are heard whose name is the query.
    async fn follow_names(
        &self,
        reader: &mut dyn Reader,
        limit: u32,
        found: &mut Found,
    ) -> Result<(), ServiceError> {
        let named: Vec<Subject> = found
            .subjects
            .iter()
            .filter(|one| one.why.iter().any(|why| why.way == Way::Exact))
            .map(|one| one.item.clone())
            .collect();
        if named.is_empty() {
            return Ok(());
        }
        let heard = reader.heard_subjects(None, self.clock.now()).await?;
        for subject in named.iter().take(MAX_FOLLOWED) {
            let reason = || why(Way::Related, "subject", &subject.name);
            let own = heard.iter().filter(|one| one.subject_id == subject.id);
            for one in own.take(limit as usize + 1) {
                if let Some(case) = reader.case(one.case_id).await? {
                    add(&mut found.cases, case, |case| case.id, reason());
                }
                if let Some(recording) = reader.recording(one.recording_id).await? {
                    add(&mut found.recordings, recording, |found| found.id, reason());
                }
            }
        }
        Ok(())
    }

    /// The numbers of a recording.
    pub(super) async fn follow_numbers(
        &self,
        reader: &mut dyn Reader,
        recording: &Recording,
        reason: &Why,
        found: &mut Found,
    ) -> Result<(), ServiceError> {
        for (_, entity) in reader.parties_of_recording(recording.id).await? {
            let key = |entity: &Entity| -> EntityId { entity.id };
            add(&mut found.entities, entity, key, reason.clone());
        }
        Ok(())
    }
}

fn checked_query(query: &str) -> Result<&str, ServiceError> {
    let invalid = |found: String| ServiceError::Invalid {
        field: "q",
        found,
        expected: format!("1 to {MAX_QUERY_CHARS} characters without control characters"),
    };
    let query = query.trim();
    let chars = query.chars().count();
    if query.is_empty() {
        return Err(invalid("empty".to_owned()));
    }
    if chars > MAX_QUERY_CHARS {
        return Err(invalid(format!("{chars} characters long")));
    }
    if query.contains(char::is_control) {
        return Err(invalid("a text with a control character".to_owned()));
    }
    Ok(query)
}

/// Entities whose cases, recordings and events are answered too: those that are the query, or where
/// none is, the few that hold it, such as the one number that ends so.
fn followed(exact: Vec<Entity>, found: &Found) -> Vec<Entity> {
    let held = found.entities.iter().map(|one| one.item.clone());
    match (exact.is_empty(), found.entities.len() <= MAX_FOLLOWED) {
        (true, true) => held.collect(),
        (true, false) => Vec::new(),
        (false, _) => exact.into_iter().take(MAX_FOLLOWED).collect(),
    }
}

/// Items of a group.
pub(super) fn checked_limit(limit: Option<u32>) -> Result<u32, ServiceError> {
    let limit = limit.unwrap_or(DEFAULT_ITEMS);
    if (1..=MAX_ITEMS).contains(&limit) {
        return Ok(limit);
    }
    Err(ServiceError::Invalid {
        field: "limit",
        found: limit.to_string(),
        expected: format!("1 to {MAX_ITEMS}"),
    })
}

const fn page(limit: u32) -> PageRequest {
    PageRequest { limit, after: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_way_is_told_whatever_the_case_and_width() {
        assert_eq!(way_of("Case-2026", "case-2026"), Some(Way::Exact));
        assert_eq!(way_of("ＡＢＣ", "ab"), Some(Way::Prefix));
        assert_eq!(way_of("+8613800138000", "8000"), Some(Way::Suffix));
        assert_eq!(way_of("x-ray", "-r"), Some(Way::Part));
        assert_eq!(way_of("x", "y"), None);
    }

    #[test]
    fn a_query_is_bounded() {
        assert!(checked_query(" ").is_err());
        assert!(checked_query(&"x".repeat(257)).is_err());
        assert!(checked_query("a\u{0}").is_err());
        assert_eq!(checked_query(" a ").unwrap(), "a");
        assert!(checked_limit(Some(0)).is_err() && checked_limit(Some(101)).is_err());
    }
}
