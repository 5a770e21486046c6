//! What happened between entities of a case: the flow of information, of money and of people.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::amount::{Amount, Currency};
use super::entity::EntityKind;
use super::ids::{CaseId, EntityId, EventId, ImportId};
use super::time::Timestamp;

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventKind {
    /// One number called another.
    Call,
    /// Money went from one account to another.
    Transfer,
    /// An account was used at an app or page.
    Login,
    /// Somebody or something was at a cell or place.
    Movement,
}

impl EventKind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Call, Self::Transfer, Self::Login, Self::Movement];

    /// The name used in the API and the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Call => "call",
            Self::Transfer => "transfer",
            Self::Login => "login",
            Self::Movement => "movement",
        }
    }
}

impl FromStr for EventKind {
    type Err = String;

    /// Reads the name, or its plural as the command line has it.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|kind| text.strip_suffix('s').unwrap_or(text) == kind.as_str())
            .ok_or_else(|| {
                let known = Self::ALL.map(Self::as_str).join(", ");
                format!("event kind {text:?} is unknown, expected one of {known}")
            })
    }
}

/// What an entity does in an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Calls, pays, logs in, moves.
    From,
    /// Is called, is paid, is logged in to, is where it moves.
    To,
    /// Name of whom `from` belongs to.
    FromName,
    /// Name of whom `to` belongs to.
    ToName,
    /// Handset or other device that was used.
    Device,
    /// Card in the handset, by IMSI.
    Subscriber,
    /// Cell.
    Cell,
    /// Place.
    Place,
    /// Address in a network.
    Network,
    /// App.
    App,
    /// Bank or operator.
    Organisation,
}

impl Role {
    /// The name used in the API and the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::From => "from",
            Self::To => "to",
            Self::FromName => "from_name",
            Self::ToName => "to_name",
            Self::Device => "device",
            Self::Subscriber => "subscriber",
            Self::Cell => "cell",
            Self::Place => "place",
            Self::Network => "network",
            Self::App => "app",
            Self::Organisation => "organisation",
        }
    }
}

/// An entity that takes part in an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Party {
    /// What it does.
    pub role: Role,
    /// Which.
    pub entity_id: EntityId,
    /// What it is.
    pub kind: EntityKind,
    /// Its normal form.
    pub normalised: String,
}

/// Where an event comes from, so that it can be proved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventSource {
    /// The import, which names the sealed file.
    pub import_id: ImportId,
    /// Row of the file, the header being row 1.
    pub row: u64,
    /// The row as it stands there.
    pub raw: String,
}

/// An event of a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseEvent {
    /// Id.
    pub id: EventId,
    /// Case.
    pub case_id: CaseId,
    /// What happened.
    pub kind: EventKind,
    /// When it began.
    pub at: Timestamp,
    /// How long it took, in milliseconds, where that is said.
    pub duration_ms: Option<u64>,
    /// Money, for a transfer.
    pub amount: Option<(Amount, Currency)>,
    /// The number that a bank or operator gives it.
    pub reference: Option<String>,
    /// Who and what takes part; `from` and `to` are always there.
    pub parties: Vec<Party>,
    /// Where it comes from.
    pub source: EventSource,
    /// What makes two rows the same event: the first half of a SHA-256 of what they say.
    pub content_key: [u8; 16],
}

impl CaseEvent {
    /// The entity in a role.
    pub fn party(&self, role: Role) -> Option<&Party> {
        self.parties.iter().find(|party| party.role == role)
    }
}

/// All events of one kind from one entity to another in a case, and of one currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventTie {
    /// Case.
    pub case_id: CaseId,
    /// What happened.
    pub kind: EventKind,
    /// From.
    pub from: EntityId,
    /// To.
    pub to: EntityId,
    /// Number of events.
    pub events: u64,
    /// Their durations added up, in milliseconds.
    pub duration_ms: u64,
    /// Their amounts added up.
    pub amount: Option<(Amount, Currency)>,
    /// When the first began.
    pub first_at: Timestamp,
    /// When the last began.
    pub last_at: Timestamp,
}
