//! What a column may mean.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::domain::EventKind;

/// What a column means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    /// Who calls, pays, logs in or moves.
    From,
    /// Who is called or paid; what is logged in to; where somebody is.
    To,
    /// The number or account whose records these are, where the table has a direction.
    Own,
    /// The other side, where the table has a direction.
    Other,
    /// Which way it went, seen from `own`.
    Direction,
    /// When it began.
    At,
    /// The day that it began, where the time of day stands in `time_of_day`.
    Date,
    /// The time of day, where the day stands in `date`.
    TimeOfDay,
    /// How long it took.
    Duration,
    /// Handset, by IMEI.
    Device,
    /// Card in the handset, by IMSI.
    Subscriber,
    /// Area of the cell, put before it.
    Area,
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
    /// Name of whom `from` belongs to.
    FromName,
    /// Name of whom `to` belongs to.
    ToName,
    /// Name of whom `own` belongs to.
    OwnName,
    /// Name of whom `other` belongs to.
    OtherName,
    /// Money.
    Amount,
    /// Its currency.
    Currency,
    /// Number that the bank or operator gave it.
    Reference,
}

impl Field {
    /// Every field.
    pub const ALL: [Self; 24] = [
        Self::From,
        Self::To,
        Self::Own,
        Self::Other,
        Self::Direction,
        Self::At,
        Self::Date,
        Self::TimeOfDay,
        Self::Duration,
        Self::Device,
        Self::Subscriber,
        Self::Area,
        Self::Cell,
        Self::Place,
        Self::Network,
        Self::App,
        Self::Organisation,
        Self::FromName,
        Self::ToName,
        Self::OwnName,
        Self::OtherName,
        Self::Amount,
        Self::Currency,
        Self::Reference,
    ];

    /// The name in a mapping.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::From => "from",
            Self::To => "to",
            Self::Own => "own",
            Self::Other => "other",
            Self::Direction => "direction",
            Self::At => "at",
            Self::Date => "date",
            Self::TimeOfDay => "time_of_day",
            Self::Duration => "duration",
            Self::Device => "device",
            Self::Subscriber => "subscriber",
            Self::Area => "area",
            Self::Cell => "cell",
            Self::Place => "place",
            Self::Network => "network",
            Self::App => "app",
            Self::Organisation => "organisation",
            Self::FromName => "from_name",
            Self::ToName => "to_name",
            Self::OwnName => "own_name",
            Self::OtherName => "other_name",
            Self::Amount => "amount",
            Self::Currency => "currency",
            Self::Reference => "reference",
        }
    }

    /// Whether a table of this kind may have it.
    pub const fn is_of(self, kind: EventKind) -> bool {
        match self {
            Self::From | Self::To | Self::At | Self::Date | Self::TimeOfDay | Self::Reference => {
                true
            }
            Self::Device | Self::Network | Self::App => true,
            Self::Own | Self::Other | Self::Direction => {
                matches!(kind, EventKind::Call | EventKind::Transfer)
            }
            Self::Duration => !matches!(kind, EventKind::Transfer),
            Self::Subscriber | Self::Area | Self::Cell => {
                matches!(kind, EventKind::Call | EventKind::Movement)
            }
            Self::Place => !matches!(kind, EventKind::Transfer),
            Self::Organisation | Self::FromName => true,
            Self::ToName | Self::OwnName | Self::OtherName => {
                matches!(kind, EventKind::Call | EventKind::Transfer)
            }
            Self::Amount | Self::Currency => matches!(kind, EventKind::Transfer),
        }
    }
}

impl FromStr for Field {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|field| field.as_str() == text)
            .ok_or_else(|| {
                let known = Self::ALL.map(Self::as_str).join(", ");
                format!("field {text:?} is unknown, expected one of {known}")
            })
    }
}
