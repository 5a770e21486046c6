//! What happens, for those who watch.

use serde::Serialize;

use crate::domain::{
    AlertId, AlertState, GroupId, JobId, JobKind, JobState, LinkId, LinkState, RecordingId,
    RecordingState, SeriesId,
};

/// Something that happened. Holds ids and states only: no names, no audio.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// A recording came in or changed its state.
    Recording {
        /// Recording.
        id: RecordingId,
        /// Its state.
        state: RecordingState,
    },
    /// A job came in, advanced or ended.
    Job {
        /// Job.
        id: JobId,
        /// What it does.
        kind: JobKind,
        /// Its state.
        state: JobState,
        /// Fraction done, 0 to 1.
        progress: f32,
        /// Recording that it works on.
        recording_id: Option<RecordingId>,
    },
    /// An alert was raised, was seen again, or changed its state.
    Alert {
        /// Alert.
        id: AlertId,
        /// Its state.
        state: AlertState,
        /// How often it was seen.
        sightings: u32,
    },
    /// The number of searchable voices changed.
    Gallery {
        /// Voices that can be found.
        voices: u64,
    },
    /// A link was proposed or decided.
    Link {
        /// Link.
        id: LinkId,
        /// Its state.
        state: LinkState,
    },
    /// Voices of a group came or went.
    Group {
        /// Group.
        id: GroupId,
        /// How many it has; none when it is no more.
        voices: usize,
    },
    /// Cases of a series came or went.
    Series {
        /// Series.
        id: SeriesId,
        /// How many it has; none when it is no more.
        cases: usize,
    },
}

impl Event {
    /// The name of the kind.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Recording { .. } => "recording",
            Self::Job { .. } => "job",
            Self::Alert { .. } => "alert",
            Self::Gallery { .. } => "gallery",
            Self::Link { .. } => "link",
            Self::Group { .. } => "group",
            Self::Series { .. } => "series",
        }
    }
}
