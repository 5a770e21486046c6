//! Entities and events as sent.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::cases::CaseBody;
use super::recordings::RecordingBody;
use super::subjects::SubjectBody;
use crate::domain::{
    Case, CaseEntity, CaseEvent, Entity, EntityKind, EntityWarning, EventKind, RecordingId,
};
use crate::http::paging::PageBody;
use crate::services::EntityDetail;

/// What an entity is.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = EntityKind)]
pub enum EntityKindBody {
    /// Telephone number.
    Phone,
    /// Bank card, bank account, or account of a service.
    Account,
    /// Handset or card by IMEI or IMSI, or another device.
    Device,
    /// Radio cell.
    Cell,
    /// Place, or address in a network.
    Address,
    /// App.
    App,
    /// Address of a page.
    Url,
    /// Organisation.
    Organisation,
    /// Name of a person: a lead, no identity.
    Person,
}

impl From<EntityKind> for EntityKindBody {
    fn from(kind: EntityKind) -> Self {
        match kind {
            EntityKind::Phone => Self::Phone,
            EntityKind::Account => Self::Account,
            EntityKind::Device => Self::Device,
            EntityKind::Cell => Self::Cell,
            EntityKind::Address => Self::Address,
            EntityKind::App => Self::App,
            EntityKind::Url => Self::Url,
            EntityKind::Organisation => Self::Organisation,
            EntityKind::Person => Self::Person,
        }
    }
}

impl From<EntityKindBody> for EntityKind {
    fn from(kind: EntityKindBody) -> Self {
        match kind {
            EntityKindBody::Phone => Self::Phone,
            EntityKindBody::Account => Self::Account,
            EntityKindBody::Device => Self::Device,
            EntityKindBody::Cell => Self::Cell,
            EntityKindBody::Address => Self::Address,
            EntityKindBody::App => Self::App,
            EntityKindBody::Url => Self::Url,
            EntityKindBody::Organisation => Self::Organisation,
            EntityKindBody::Person => Self::Person,
        }
    }
}

/// What happened.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = EventKind)]
pub enum EventKindBody {
    /// One number called another.
    Call,
    /// Money went from one account to another.
    Transfer,
    /// An account was used at an app or page.
    Login,
    /// Somebody or something was at a cell or place.
    Movement,
}

impl From<EventKind> for EventKindBody {
    fn from(kind: EventKind) -> Self {
        match kind {
            EventKind::Call => Self::Call,
            EventKind::Transfer => Self::Transfer,
            EventKind::Login => Self::Login,
            EventKind::Movement => Self::Movement,
        }
    }
}

impl From<EventKindBody> for EventKind {
    fn from(kind: EventKindBody) -> Self {
        match kind {
            EventKindBody::Call => Self::Call,
            EventKindBody::Transfer => Self::Transfer,
            EventKindBody::Login => Self::Login,
            EventKindBody::Movement => Self::Movement,
        }
    }
}

/// An entity.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Entity)]
pub struct EntityBody {
    /// Id.
    pub id: uuid::Uuid,
    /// What it is.
    pub kind: EntityKindBody,
    /// Normal form, by which it is found again.
    pub normalised: String,
    /// As it was first written.
    pub written: String,
    /// What a person should know of the value: `luhn_failed`, `check_digit_computed`,
    /// `may_be_imsi`, `not_in_plan`.
    pub warnings: Vec<String>,
    /// When it first came into the archive.
    #[schema(format = DateTime)]
    pub created_at: String,
}

impl From<Entity> for EntityBody {
    fn from(entity: Entity) -> Self {
        let warnings = entity.warnings.into_iter();
        Self {
            id: entity.id.0,
            kind: entity.kind.into(),
            normalised: entity.normalised,
            written: entity.written,
            warnings: warnings
                .map(EntityWarning::as_str)
                .map(str::to_owned)
                .collect(),
            created_at: entity.created_at.to_string(),
        }
    }
}

/// That an entity occurs in a case.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = CaseEntity)]
pub struct CaseEntityBody {
    /// Case.
    pub case_id: uuid::Uuid,
    /// Entity.
    pub entity: EntityBody,
    /// As it was first written in this case.
    pub written: String,
    /// What a person said of it.
    pub note: Option<String>,
    /// Who added it by hand; null for one that came with a recording or a table.
    pub added_by: Option<String>,
    /// Events of the case that it takes part in.
    pub events: u64,
    /// When it came into the case.
    #[schema(format = DateTime)]
    pub created_at: String,
}

impl From<CaseEntity> for CaseEntityBody {
    fn from(place: CaseEntity) -> Self {
        Self {
            case_id: place.case_id.0,
            entity: place.entity.into(),
            written: place.written,
            note: place.note,
            added_by: place.added_by,
            events: place.events,
            created_at: place.created_at.to_string(),
        }
    }
}

/// A page of entities of a case.
pub type CaseEntityPage = PageBody<CaseEntityBody>;

/// An entity to be added to a case.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewEntity)]
pub struct NewEntityBody {
    /// What it is.
    pub kind: EntityKindBody,
    /// Its value, as it is written.
    pub value: String,
    /// What is said of it.
    pub note: Option<String>,
    /// Country of a number without a country code, where it is not the setting's.
    pub region: Option<String>,
}

/// Who or what takes part in an event.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Party)]
pub struct PartyBody {
    /// `from`, `to`, `from_name`, `to_name`, `device`, `subscriber`, `cell`, `place`, `network`,
    /// `app` or `organisation`.
    pub role: String,
    /// Entity.
    pub entity_id: uuid::Uuid,
    /// What it is.
    pub kind: EntityKindBody,
    /// Its normal form.
    pub normalised: String,
}

/// An event of a case.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = CaseEvent)]
pub struct CaseEventBody {
    /// Id.
    pub id: uuid::Uuid,
    /// Case.
    pub case_id: uuid::Uuid,
    /// What happened.
    pub kind: EventKindBody,
    /// When it began.
    #[schema(format = DateTime)]
    pub at: String,
    /// How long it took.
    pub duration_ms: Option<u64>,
    /// Money, an exact decimal with the places of its currency.
    pub amount: Option<String>,
    /// Its currency.
    pub currency: Option<String>,
    /// Number that the bank or operator gave it.
    pub reference: Option<String>,
    /// Who and what takes part.
    pub parties: Vec<PartyBody>,
    /// Recording of the call, where it is clear which one it is.
    pub recording_id: Option<uuid::Uuid>,
    /// Import that it came with.
    pub import_id: uuid::Uuid,
    /// Line of that file, the header being line 1.
    pub row: u64,
    /// The row as it stands there.
    pub raw: String,
}

impl CaseEventBody {
    /// An event with its recording.
    pub fn of(event: CaseEvent, recording_id: Option<RecordingId>) -> Self {
        let amount = event.amount.as_ref();
        let amount = amount.map(|(amount, currency)| amount.written_in(currency));
        let currency = event.amount.map(|(_, currency)| currency);
        let parties = event.parties.into_iter().map(|party| PartyBody {
            role: party.role.as_str().to_owned(),
            entity_id: party.entity_id.0,
            kind: party.kind.into(),
            normalised: party.normalised,
        });
        Self {
            id: event.id.0,
            case_id: event.case_id.0,
            kind: event.kind.into(),
            at: event.at.to_string(),
            duration_ms: event.duration_ms,
            amount,
            currency: currency.map(|currency| currency.as_str().to_owned()),
            reference: event.reference,
            parties: parties.collect(),
            recording_id: recording_id.map(|id| id.0),
            import_id: event.source.import_id.0,
            row: event.source.row,
            raw: event.source.raw,
        }
    }
}

/// A page of events, the latest first.
pub type CaseEventPage = PageBody<CaseEventBody>;

/// A case in which an entity occurs.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = EntityCase)]
pub struct EntityCaseBody {
    /// Case.
    pub case: CaseBody,
    /// As it was first written there.
    pub written: String,
    /// What a person said of it there.
    pub note: Option<String>,
    /// Events of that case that it takes part in.
    pub events: u64,
}

impl From<(Case, CaseEntity)> for EntityCaseBody {
    fn from((case, place): (Case, CaseEntity)) -> Self {
        Self {
            case: case.into(),
            written: place.written,
            note: place.note,
            events: place.events,
        }
    }
}

/// A recording of a number.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = EntityRecording)]
pub struct EntityRecordingBody {
    /// `from` where the number called, `to` where it was called.
    pub role: String,
    /// Recording.
    pub recording: RecordingBody,
    /// Voices heard in it; which side is whose is not known.
    pub voice_ids: Vec<uuid::Uuid>,
}

/// Everything that is known of an entity; each list has at most 100.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = EntityDetail)]
pub struct EntityDetailBody {
    /// The entity.
    #[serde(flatten)]
    pub entity: EntityBody,
    /// Cases in which it occurs, newest first.
    pub cases: Vec<EntityCaseBody>,
    /// Recordings of it, newest first.
    pub recordings: Vec<EntityRecordingBody>,
    /// Subjects who are enrolled from voices of those recordings.
    pub subjects: Vec<SubjectBody>,
    /// Its latest events.
    pub events: Vec<CaseEventBody>,
    /// Entities that it has events with.
    pub tied: Vec<EntityBody>,
}

impl From<EntityDetail> for EntityDetailBody {
    fn from(detail: EntityDetail) -> Self {
        let recordings = detail
            .recordings
            .into_iter()
            .map(|one| EntityRecordingBody {
                role: one.role.as_str().to_owned(),
                recording: one.recording.into(),
                voice_ids: one.voices.iter().map(|voice| voice.id.0).collect(),
            });
        let events = detail.events.into_iter();
        Self {
            entity: detail.entity.into(),
            cases: detail.cases.into_iter().map(Into::into).collect(),
            recordings: recordings.collect(),
            subjects: detail.subjects.into_iter().map(Into::into).collect(),
            events: events.map(|event| CaseEventBody::of(event, None)).collect(),
            tied: detail.tied.into_iter().map(Into::into).collect(),
        }
    }
}
