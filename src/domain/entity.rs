//! What ties cases beside the voice: numbers, accounts, devices, places, names.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::ids::{CaseId, EntityId};
use super::time::Timestamp;

/// What an entity is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EntityKind {
    /// Telephone number.
    Phone,
    /// Bank card, bank account, or account of a payment or message service.
    Account,
    /// Handset or card by IMEI or IMSI, or another device by an id of its own.
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
    /// Name of a person. Two people may share one, so it is a lead and no identity.
    Person,
}

impl EntityKind {
    /// Every kind.
    pub const ALL: [Self; 9] = [
        Self::Phone,
        Self::Account,
        Self::Device,
        Self::Cell,
        Self::Address,
        Self::App,
        Self::Url,
        Self::Organisation,
        Self::Person,
    ];

    /// The name used in the API, the command line and the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Phone => "phone",
            Self::Account => "account",
            Self::Device => "device",
            Self::Cell => "cell",
            Self::Address => "address",
            Self::App => "app",
            Self::Url => "url",
            Self::Organisation => "organisation",
            Self::Person => "person",
        }
    }
}

impl FromStr for EntityKind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.as_str() == text)
            .ok_or_else(|| {
                let known = Self::ALL.map(Self::as_str).join(", ");
                format!("entity kind {text:?} is unknown, expected one of {known}")
            })
    }
}

/// What a person should know of a value that was taken all the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EntityWarning {
    /// The check digit is not that of the Luhn algorithm: mistyped, or no number of that sort.
    LuhnFailed,
    /// The check digit of an IMEI was missing or zeroed, as networks send it, and was computed.
    CheckDigitComputed,
    /// Fifteen digits that begin like an IMSI were taken as an IMEI.
    MayBeImsi,
    /// The number is not of its country's numbering plan: a short code, or invented.
    NotInPlan,
}

impl EntityWarning {
    /// The name used in the API and the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::LuhnFailed => "luhn_failed",
            Self::CheckDigitComputed => "check_digit_computed",
            Self::MayBeImsi => "may_be_imsi",
            Self::NotInPlan => "not_in_plan",
        }
    }
}

/// A number, account, device, place or name of the archive. The same normal form of the same kind is
/// one entity, in however many cases it occurs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entity {
    /// Id.
    pub id: EntityId,
    /// What it is.
    pub kind: EntityKind,
    /// Normal form, by which it is found again.
    pub normalised: String,
    /// As it was first written.
    pub written: String,
    /// What a person should know of the value.
    pub warnings: Vec<EntityWarning>,
    /// When it first came into the archive.
    pub created_at: Timestamp,
}

/// That an entity occurs in a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseEntity {
    /// Case.
    pub case_id: CaseId,
    /// Entity.
    pub entity: Entity,
    /// As it was first written in this case.
    pub written: String,
    /// What a person said of it.
    pub note: Option<String>,
    /// Who added it by hand, as audit rows name people; none for one that came with a recording or
    /// a table.
    pub added_by: Option<String>,
    /// Events of the case that it takes part in.
    pub events: u64,
    /// When it came into the case.
    pub created_at: Timestamp,
}
