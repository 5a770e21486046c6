//! One series with everything that a unit works with: cases, calls, people, numbers, open questions.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::{
    Case, CaseId, DatedLineage, Group, Link, LinkId, LinkState, Page, PageRequest, Recording,
    RecordingId, Series, SeriesId, SeriesKind, Subject, SubjectId, VoiceId, VoicePlacement,
};
use crate::linking::{Contradiction, contradictions};
use crate::services::{ServiceError, Services};
use crate::store::Reader;

use super::reading::MAX_LINEAGE;
use super::series::speakers_in;

/// Most recordings of a series that are described; the oldest calls come first.
const MAX_RECORDINGS: usize = 1000;
/// Most cases that a series is listed with.
const MAX_LISTED_CASES: usize = 20;
/// Most open links that are shown, the largest ratios first.
const MAX_OPEN_LINKS: usize = 200;
/// Most numbers that are shown, those of the most cases first.
const MAX_NUMBERS: usize = 200;

/// A recording of a series.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeriesRecording {
    /// The recording.
    pub recording: Recording,
    /// Voices of it that belong to groups of the series, with their group.
    pub voices: Vec<(VoiceId, crate::domain::GroupId)>,
}

/// A phone number in the calls of a series.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NumberUse {
    /// The number.
    pub number: String,
    /// Calls in which it called.
    pub as_caller: usize,
    /// Calls in which it was called.
    pub as_callee: usize,
    /// Cases of these calls.
    pub case_ids: Vec<CaseId>,
}

/// A link about a series that nobody has decided.
#[derive(Debug, Clone, PartialEq)]
pub struct OpenLink {
    /// The link.
    pub link: Link,
    /// Whether both its voices belong to the series already.
    pub is_inside: bool,
}

/// A series with what is known of it.
#[derive(Debug, Clone, PartialEq)]
pub struct SeriesDetail {
    /// The series.
    pub series: Series,
    /// Its cases, by number.
    pub cases: Vec<Case>,
    /// Groups whose voices join cases of it.
    pub groups: Vec<Group>,
    /// Calls of those voices by the time they began, then by when they came in.
    pub recordings: Vec<SeriesRecording>,
    /// Calls that are not among them, since there are too many.
    pub recordings_left_out: usize,
    /// Subjects enrolled with those voices.
    pub subjects: Vec<Subject>,
    /// Numbers of those calls; those of the most cases first.
    pub numbers: Vec<NumberUse>,
    /// Undecided links of those voices to voices of its cases, the largest ratio first.
    pub open_links: Vec<OpenLink>,
    /// Decisions that do not go together, with the words for them.
    pub contradictions: Vec<(Contradiction, String)>,
    /// What became of it.
    pub lineage: Vec<DatedLineage>,
}

impl Services {
    /// Series of a kind, newest first, each with its cases: the first of them where there are many.
    ///
    /// # Errors
    /// The store could not do it.
    pub async fn series_list(
        &self,
        kind: SeriesKind,
        page: PageRequest,
    ) -> Result<Page<(Series, Vec<Case>)>, ServiceError> {
        let mut reader = self.store.reader().await?;
        let listed = reader.series_list(kind, page).await?;
        let mut items = Vec::with_capacity(listed.items.len());
        for series in listed.items {
            let mut cases = Vec::new();
            for case_id in series.case_ids.iter().take(MAX_LISTED_CASES) {
                cases.extend(reader.case(*case_id).await?);
            }
            items.push((series, cases));
        }
        Ok(Page {
            items,
            next: listed.next,
        })
    }

    /// One series with everything that belongs to it.
    ///
    /// # Errors
    /// `NotFound`, also for a series that ended.
    pub async fn series_detail(&self, id: SeriesId) -> Result<SeriesDetail, ServiceError> {
        let mut reader = self.store.reader().await?;
        let reader = reader.as_mut();
        let series = reader
            .series(id)
            .await?
            .ok_or_else(|| ServiceError::not_found("series", id))?;
        let (groups, placements) = joining_groups(reader, &series).await?;
        let voices: Vec<VoiceId> = placements.keys().copied().collect();
        let (recordings, recordings_left_out) = recordings_of(reader, &groups, &placements).await?;
        let mut cases = Vec::with_capacity(series.case_ids.len());
        for case_id in &series.case_ids {
            cases.extend(reader.case(*case_id).await?);
        }
        cases.sort_by(|left, right| left.case_no.cmp(&right.case_no));
        let mut subjects: BTreeMap<SubjectId, Subject> = BTreeMap::new();
        for voice in reader.voices(&voices, self.clock.now()).await? {
            if let Some(subject_id) = voice.subject_id
                && !subjects.contains_key(&subject_id)
                && let Some(subject) = reader.subject(subject_id).await?
            {
                subjects.insert(subject_id, subject);
            }
        }
        let open_links = open_links(reader, &series, &placements).await?;
        let graph = self.region(reader, &voices).await?.graph;
        let found: Vec<Contradiction> = contradictions(&graph)
            .into_iter()
            .filter(|found| {
                found
                    .path()
                    .iter()
                    .any(|voice| placements.contains_key(voice))
            })
            .collect();
        let words = self.contradictions_in_words(reader, &found).await?;
        Ok(SeriesDetail {
            lineage: reader.lineage(id.0, MAX_LINEAGE).await?,
            numbers: numbers_of(&recordings),
            contradictions: found.into_iter().zip(words).collect(),
            subjects: subjects.into_values().collect(),
            series,
            cases,
            groups,
            recordings,
            recordings_left_out,
            open_links,
        })
    }
}

/// Groups that join cases of a series, with the places of their voices within it.
async fn joining_groups(
    reader: &mut dyn Reader,
    series: &Series,
) -> Result<(Vec<Group>, BTreeMap<VoiceId, VoicePlacement>), ServiceError> {
    let groups = reader.groups_of_cases(&series.case_ids).await?;
    let members = groups.iter().flat_map(|group| &group.members);
    let voices: Vec<VoiceId> = members.map(|member| member.voice_id).collect();
    let places: BTreeMap<VoiceId, VoicePlacement> = reader
        .voice_placements(&voices)
        .await?
        .into_iter()
        .map(|placement| (placement.voice_id, placement))
        .collect();
    let case_of = |voice: &VoiceId| places.get(voice).and_then(|placement| placement.case_id);
    let mut inside = BTreeMap::new();
    let mut joining = Vec::new();
    for group in &groups {
        let mut joins = false;
        for speaker in speakers_in(series.kind, &group.members) {
            let cases: BTreeSet<CaseId> = speaker.iter().filter_map(case_of).collect();
            if cases.len() > 1 {
                joins = true;
                let places = speaker.iter().filter_map(|voice| places.get(voice));
                inside.extend(places.map(|placement| (placement.voice_id, *placement)));
            }
        }
        if joins {
            joining.push(group.clone());
        }
    }
    Ok((joining, inside))
}

async fn recordings_of(
    reader: &mut dyn Reader,
    groups: &[Group],
    placements: &BTreeMap<VoiceId, VoicePlacement>,
) -> Result<(Vec<SeriesRecording>, usize), ServiceError> {
    let mut by_recording: BTreeMap<RecordingId, Vec<VoiceId>> = BTreeMap::new();
    for placement in placements.values() {
        let voices = by_recording.entry(placement.recording_id).or_default();
        voices.push(placement.voice_id);
    }
    let left_out = by_recording.len().saturating_sub(MAX_RECORDINGS);
    let group_of = |voice: VoiceId| {
        let has = |group: &&Group| group.members.iter().any(|one| one.voice_id == voice);
        groups.iter().find(has).map(|group| (voice, group.id))
    };
    let mut recordings = Vec::new();
    for (id, voices) in by_recording.into_iter().take(MAX_RECORDINGS) {
        if let Some(recording) = reader.recording(id).await? {
            recordings.push(SeriesRecording {
                recording,
                voices: voices.into_iter().filter_map(group_of).collect(),
            });
        }
    }
    recordings.sort_by_key(|one| {
        let recording = &one.recording;
        // Calls without a time come last, in the order in which they came in.
        (
            recording.call.started_at.is_none(),
            recording.call.started_at,
            recording.created_at,
            recording.id,
        )
    });
    Ok((recordings, left_out))
}

fn numbers_of(recordings: &[SeriesRecording]) -> Vec<NumberUse> {
    let mut uses: BTreeMap<String, (usize, usize, BTreeSet<CaseId>)> = BTreeMap::new();
    for one in recordings {
        let call = &one.recording.call;
        let sides = [(&call.caller, true), (&call.callee, false)];
        for (number, called) in sides {
            let Some(number) = number
                .as_deref()
                .map(str::trim)
                .filter(|text| !text.is_empty())
            else {
                continue;
            };
            let found = uses.entry(number.to_owned()).or_default();
            if called {
                found.0 += 1;
            } else {
                found.1 += 1;
            }
            found.2.extend(one.recording.case_id);
        }
    }
    let mut numbers: Vec<NumberUse> = uses
        .into_iter()
        .map(|(number, (as_caller, as_callee, cases))| NumberUse {
            number,
            as_caller,
            as_callee,
            case_ids: cases.into_iter().collect(),
        })
        .collect();
    numbers.sort_by_key(|one| {
        let calls = one.as_caller + one.as_callee;
        std::cmp::Reverse((one.case_ids.len(), calls))
    });
    numbers.truncate(MAX_NUMBERS);
    numbers
}

async fn open_links(
    reader: &mut dyn Reader,
    series: &Series,
    placements: &BTreeMap<VoiceId, VoicePlacement>,
) -> Result<Vec<OpenLink>, ServiceError> {
    let voices: Vec<VoiceId> = placements.keys().copied().collect();
    let mut edges = reader.link_edges(&voices).await?;
    edges.retain(|edge| edge.state == LinkState::Proposed);
    edges.sort_by(|left, right| {
        right
            .llr
            .0
            .total_cmp(&left.llr.0)
            .then(left.id.cmp(&right.id))
    });
    let mut open: Vec<(LinkId, bool)> = Vec::new();
    for edge in edges {
        let inside = [edge.left, edge.right].map(|voice| placements.contains_key(&voice));
        open.push((edge.id, inside == [true, true]));
    }
    let mut links = Vec::new();
    for (id, is_inside) in open {
        if links.len() == MAX_OPEN_LINKS {
            break;
        }
        let Some(link) = reader.link(id).await? else {
            continue;
        };
        let of_series =
            |case: &Option<CaseId>| case.is_some_and(|id| series.case_ids.contains(&id));
        let belongs = link.case_ids.iter().all(of_series);
        // A confirmed series asks about voices of its cases; a proposed one about what joins it.
        let asks = match series.kind {
            SeriesKind::Confirmed => belongs,
            SeriesKind::Proposed => belongs && is_inside,
        };
        if asks {
            links.push(OpenLink { link, is_inside });
        }
    }
    Ok(links)
}
