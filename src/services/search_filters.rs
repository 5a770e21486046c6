//! What a search is about, resolved against the archive.

use std::collections::{HashMap, HashSet};

use super::gallery::GalleryScope;
use super::probes::Probe;
use super::{ServiceError, Services};
use crate::domain::{Against, CaseId, RecordingScope, SearchFilters, SubjectId, VoiceId};
use crate::store::Reader;

/// Most digits of a number's beginning.
///
/// # Source
/// ITU-T E.164 (11/2010) clause 6.2.1: an international number has at most 15 digits.
const MAX_PREFIX_DIGITS: usize = 15;

/// A scope, and what it had to leave out for want of knowledge.
pub(super) struct Filtered {
    pub(super) scope: GalleryScope,
    /// Recordings that might belong, were it known when their call began and what its numbers are.
    pub(super) unknown: u64,
}

/// Of which search the filters are.
#[derive(Clone, Copy)]
pub(super) struct Filtering<'a> {
    pub(super) filters: &'a SearchFilters,
    pub(super) against: Against,
    /// The probe's own cases.
    pub(super) own_cases: &'a HashSet<CaseId>,
    pub(super) enrolled: &'a HashMap<VoiceId, SubjectId>,
}

impl Services {
    /// The voices that filters leave.
    ///
    /// # Errors
    /// `Invalid` filters; `NotFound` for a case or a watch list that is not there.
    pub(super) async fn filtered(
        &self,
        reader: &mut dyn Reader,
        filtering: Filtering<'_>,
    ) -> Result<Filtered, ServiceError> {
        let filters = filtering.filters;
        check(filters, filtering.against)?;
        let mut filtered = Filtered {
            scope: GalleryScope {
                bandwidth: filters.bandwidth,
                ..GalleryScope::default()
            },
            unknown: 0,
        };
        if let Some(subjects) = self.filtered_subjects(reader, filters).await? {
            let enrolled = filtering.enrolled.iter();
            let voices = enrolled.filter(|(_, subject)| subjects.contains(subject));
            filtered.scope.voices = Some(voices.map(|(id, _)| *id).collect());
        }
        if let Some(case_id) = filters.case_id
            && reader.case(case_id).await?.is_none()
        {
            return Err(ServiceError::not_found("case", case_id));
        }
        let scope = RecordingScope {
            case_id: filters.case_id,
            started_from: filters.started_from,
            started_before: filters.started_before,
            number_prefix: filters.number_prefix.clone(),
        };
        if scope != RecordingScope::default() {
            let found = reader.recordings_in_scope(&scope).await?;
            filtered.scope.recordings = Some(found.ids.into_iter().collect());
            filtered.unknown = found.unknown;
        }
        if filters.exclude_own_case {
            for case_id in filtering.own_cases {
                let scope = RecordingScope {
                    case_id: Some(*case_id),
                    ..RecordingScope::default()
                };
                let found = reader.recordings_in_scope(&scope).await?;
                filtered.scope.not_recordings.extend(found.ids);
            }
        }
        Ok(filtered)
    }

    /// The subjects that filters leave; none where they say nothing of subjects.
    async fn filtered_subjects(
        &self,
        reader: &mut dyn Reader,
        filters: &SearchFilters,
    ) -> Result<Option<HashSet<SubjectId>>, ServiceError> {
        let mut subjects: Option<HashSet<SubjectId>> = None;
        if let Some(class) = filters.subject_class {
            subjects = Some(reader.subjects_of_class(class).await?.into_iter().collect());
        }
        if let Some(id) = filters.watch_list_id {
            let now = self.clock.now();
            let list = reader.watch_list(id).await?;
            let list = list.ok_or_else(|| ServiceError::not_found("watch list", id))?;
            if !list.in_force(now) {
                return Err(invalid(
                    "filters.watch_list_id",
                    format!("a list that ceased to be in force at {}", list.expires_at),
                    "a watch list in force",
                ));
            }
            let watched = reader.subjects_watched_by(id, now).await?.into_iter();
            subjects = Some(match subjects {
                None => watched.collect(),
                Some(known) => watched.filter(|id| known.contains(id)).collect(),
            });
        }
        Ok(subjects)
    }
}

/// The case of the probe's recording, and the one that the search is for, where filters ask for them.
pub(super) async fn own_cases(
    reader: &mut dyn Reader,
    probe: &Probe,
    case_id: Option<CaseId>,
    filters: &SearchFilters,
) -> Result<HashSet<CaseId>, ServiceError> {
    if !filters.exclude_own_case {
        return Ok(HashSet::new());
    }
    let mut cases: HashSet<CaseId> = case_id.into_iter().collect();
    if let Some(id) = probe.facts.recording_id {
        let recording = reader.recording(id).await?;
        cases.extend(recording.and_then(|recording| recording.case_id));
    }
    if cases.is_empty() {
        return Err(invalid(
            "filters.exclude_own_case",
            "true for a probe that belongs to no case, in a search for no case".to_owned(),
            "case_id beside it, or a probe that belongs to a case",
        ));
    }
    Ok(cases)
}

pub(super) fn check(filters: &SearchFilters, against: Against) -> Result<(), ServiceError> {
    let of_subjects = [
        ("filters.subject_class", filters.subject_class.is_some()),
        ("filters.watch_list_id", filters.watch_list_id.is_some()),
    ];
    if let (Against::Archive, Some((field, _))) =
        (against, of_subjects.into_iter().find(|(_, given)| *given))
    {
        return Err(invalid(
            field,
            "given in a search against voices of no subject".to_owned(),
            "against all or subjects",
        ));
    }
    if let (Some(from), Some(before)) = (filters.started_from, filters.started_before)
        && from >= before
    {
        return Err(invalid(
            "filters.started_before",
            before.to_string(),
            &format!("a time after started_from, {from}"),
        ));
    }
    if let Some(prefix) = &filters.number_prefix {
        let digits = prefix.strip_prefix('+').unwrap_or(prefix);
        let fits = (1..=MAX_PREFIX_DIGITS).contains(&digits.len())
            && digits.bytes().all(|byte| byte.is_ascii_digit());
        if !fits {
            return Err(invalid(
                "filters.number_prefix",
                format!("{:?}", prefix.chars().take(40).collect::<String>()),
                "1 to 15 digits, after a plus for a country, such as +86 or +86755",
            ));
        }
    }
    Ok(())
}

fn invalid(field: &'static str, found: String, expected: &str) -> ServiceError {
    ServiceError::Invalid {
        field,
        found,
        expected: expected.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Timestamp;

    fn at(millis: i64) -> Option<Timestamp> {
        Some(Timestamp::from_millis(millis))
    }

    fn refused(filters: &SearchFilters, against: Against) -> Option<&'static str> {
        match check(filters, against) {
            Err(ServiceError::Invalid { field, .. }) => Some(field),
            _ => None,
        }
    }

    #[test]
    fn filters_that_can_hold_of_no_voice_are_refused_by_name() {
        let mut filters = SearchFilters {
            started_from: at(2_000),
            started_before: at(2_000),
            ..SearchFilters::default()
        };
        let times = Some("filters.started_before");
        assert_eq!(refused(&filters, Against::All), times);
        filters.started_before = at(2_001);
        assert_eq!(refused(&filters, Against::All), None);
        filters.subject_class = Some(crate::domain::SubjectClass::Suspect);
        assert_eq!(refused(&filters, Against::Subjects), None);
        let class = Some("filters.subject_class");
        assert_eq!(refused(&filters, Against::Archive), class);
    }

    #[test]
    fn the_beginning_of_a_number_is_digits() {
        for (prefix, fits) in [
            ("+86", true),
            ("+86755", true),
            ("138", true),
            ("", false),
            ("+", false),
            ("+86 755", false),
            ("%", false),
            ("1234567890123456", false),
        ] {
            let filters = SearchFilters {
                number_prefix: Some(prefix.to_owned()),
                ..SearchFilters::default()
            };
            let found = refused(&filters, Against::All);
            assert_eq!(
                found,
                (!fits).then_some("filters.number_prefix"),
                "{prefix:?}"
            );
        }
    }
}
