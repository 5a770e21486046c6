//! Answers to the one query, as sent.

use serde::Serialize;
use utoipa::ToSchema;

use super::cases::CaseBody;
use super::entities::{CaseEventBody, EntityBody};
use super::recordings::RecordingBody;
use super::searches::SearchBody;
use super::subjects::SubjectBody;
use crate::services::{ClipFound, Found, FoundItem, Why};

/// Why an item answers a query.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Why)]
pub struct WhyBody {
    /// `exact`, `prefix`, `suffix`, `part`, `related` (it occurs with something that is the query)
    /// or `voice` (it occurs with a voice that the clip found).
    pub way: String,
    /// Through which field: `case_no`, `title`, `name`, `filename`, `sha256`, `subject`, `voice`,
    /// or a kind of entity.
    pub field: String,
    /// What stands there.
    pub value: String,
}

impl From<Why> for WhyBody {
    fn from(why: Why) -> Self {
        Self {
            way: why.way.as_str().to_owned(),
            field: why.field,
            value: why.value,
        }
    }
}

/// An item with why.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct FoundItemBody<T> {
    /// The item.
    pub item: T,
    /// Every reason, the surest first.
    pub why: Vec<WhyBody>,
}

impl<T> FoundItemBody<T> {
    fn of<N>(items: Vec<FoundItem<N>>, body: impl Fn(N) -> T) -> Vec<Self> {
        let items = items.into_iter();
        items
            .map(|found| Self {
                item: body(found.item),
                why: found.why.into_iter().map(Into::into).collect(),
            })
            .collect()
    }
}

/// Everything that answers a query, in groups, the surest first in each.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Found)]
pub struct FoundBody {
    /// Cases.
    pub cases: Vec<FoundItemBody<CaseBody>>,
    /// Recordings.
    pub recordings: Vec<FoundItemBody<RecordingBody>>,
    /// Subjects.
    pub subjects: Vec<FoundItemBody<SubjectBody>>,
    /// Entities.
    pub entities: Vec<FoundItemBody<EntityBody>>,
    /// Events.
    pub events: Vec<FoundItemBody<CaseEventBody>>,
    /// Whether a group has more than is listed.
    pub cut: bool,
}

impl From<Found> for FoundBody {
    fn from(found: Found) -> Self {
        Self {
            cases: FoundItemBody::of(found.cases, CaseBody::from),
            recordings: FoundItemBody::of(found.recordings, RecordingBody::from),
            subjects: FoundItemBody::of(found.subjects, SubjectBody::from),
            entities: FoundItemBody::of(found.entities, EntityBody::from),
            events: FoundItemBody::of(found.events, |event| CaseEventBody::of(event, None)),
            cut: found.cut,
        }
    }
}

/// What a clip answers.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = ClipFound)]
pub struct ClipFoundBody {
    /// The stored answer for each voice of the clip.
    pub searches: Vec<SearchBody>,
    /// Voices that have too little speech to be searched.
    pub too_short: u32,
    /// What occurs with the candidates that reach an operating point; the others are not followed.
    #[serde(flatten)]
    pub found: FoundBody,
}

impl From<ClipFound> for ClipFoundBody {
    fn from(answer: ClipFound) -> Self {
        Self {
            searches: answer.searches.into_iter().map(Into::into).collect(),
            too_short: answer.too_short,
            found: answer.found.into(),
        }
    }
}
