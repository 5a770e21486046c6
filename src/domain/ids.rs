//! Ids: UUIDv7 (RFC 9562 section 5.7), one type for each noun so that two cannot be swapped.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::time::{Clock, Rng};

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl $name {
            /// A new id from the time and randomness that were passed in.
            pub fn new(clock: &dyn Clock, rng: &dyn Rng) -> Self {
                Self(uuid_v7(clock, rng))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::parse_str(text).map(Self)
            }
        }
    };
}

id!(
    /// Identifies a case.
    CaseId
);
id!(
    /// Identifies a recording.
    RecordingId
);
id!(
    /// Identifies a voice: one speaker within one recording.
    VoiceId
);
id!(
    /// Identifies a voiceprint: the embedding of one voice under one model.
    VoiceprintId
);
id!(
    /// Identifies a calibration that the archive keeps.
    CalibrationId
);
id!(
    /// Identifies a population.
    PopulationId
);
id!(
    /// Identifies a subject.
    SubjectId
);
id!(
    /// Identifies an enrolment.
    EnrolmentId
);
id!(
    /// Identifies a stored search and its answer.
    SearchId
);
id!(
    /// Identifies a stored comparison of two voices.
    ComparisonId
);
id!(
    /// Identifies a link of two voices.
    LinkId
);
id!(
    /// Identifies a group of voices held to be one speaker.
    GroupId
);
id!(
    /// Identifies a series of cases.
    SeriesId
);
id!(
    /// Identifies a job.
    JobId
);
id!(
    /// Identifies a watch list.
    WatchListId
);
id!(
    /// Identifies a member of a watch list.
    WatchMemberId
);
id!(
    /// Identifies a rule that raises alerts.
    RuleId
);
id!(
    /// Identifies an alert.
    AlertId
);
id!(
    /// Identifies a partner's subscription to alerts.
    WebhookId
);
id!(
    /// Identifies a delivery to a partner; the same at every try.
    DeliveryId
);
id!(
    /// Identifies what a partner reports back on an alert.
    PartnerReportId
);
id!(
    /// Identifies an entity.
    EntityId
);
id!(
    /// Identifies an event between entities.
    EventId
);
id!(
    /// Identifies the import of a table of events.
    ImportId
);

fn uuid_v7(clock: &dyn Clock, rng: &dyn Rng) -> Uuid {
    let mut random = [0u8; 10];
    rng.fill(&mut random);
    let millis = u64::try_from(clock.now().as_millis()).unwrap_or(0);
    uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
}
