//! What is sent and received: one shape for each noun, apart from the nouns themselves so that the
//! interface does not change when they do.

mod calibrations;
mod cases;
mod evidence;
mod galleries;
mod groups;
mod jobs;
mod links;
mod recordings;
mod searches;
mod segments;
mod standing;
mod subjects;
mod voice_ref;
mod voices;

pub use calibrations::{
    ActivationBody, CalibrationDetailBody, CalibrationInUseBody, CalibrationList,
    NewCalibrationBody, RetirementBody, StoredCalibrationBody,
};
pub use cases::{CaseBody, CaseEditBody, CasePage, NewCaseBody};
pub use groups::{
    GroupBody, GroupDetailBody, GroupPage, SeriesBody, SeriesDetailBody, SeriesKindBody, SeriesPage,
};
pub use jobs::{JobBody, JobPage, NewJobBody};
pub use links::{
    LinkBody, LinkDetailBody, LinkPage, LinkStateBody, NewLinkBody, NewLinkDecisionBody,
};
pub use recordings::{
    ChannelBody, PeaksBody, RecordingBody, RecordingDetailBody, RecordingPage, UploadBody,
};
pub use searches::{
    ComparisonBody, ComparisonPage, NewComparisonBody, NewSearchBody, SearchBody, SearchPage,
};
pub use segments::{NewSegmentsBody, SegmentsBody};
pub use subjects::{
    EnrolmentBody, EnrolmentList, NewEnrolmentBody, NewSubjectBody, SubjectBody, SubjectEditBody,
    SubjectPage,
};
pub use voice_ref::SideBody;
pub use voices::{VoiceBody, VoiceList};

/// Reads a field that was given, so that null is told apart from what was left out.
fn given<'de, D, T>(deserializer: D) -> Result<Option<Option<T>>, D::Error>
where
    D: serde::Deserializer<'de>,
    T: serde::Deserialize<'de>,
{
    serde::Deserialize::deserialize(deserializer).map(Some)
}
