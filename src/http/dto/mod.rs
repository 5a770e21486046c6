//! What is sent and received: one shape for each noun, apart from the nouns themselves so that the
//! interface does not change when they do.

mod calibrations;
mod cases;
mod entities;
mod evidence;
mod find;
mod galleries;
mod graphs;
mod imports;
mod jobs;
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
pub use entities::{
    CaseEntityBody, CaseEntityPage, CaseEventBody, CaseEventPage, EntityDetailBody, EntityKindBody,
    EventKindBody, NewEntityBody,
};
pub use find::{ClipFoundBody, FoundBody};
pub use graphs::{CallJoinBody, CallJoinPage, GraphBody, PathBody, SharedBody};
pub use imports::{ImportBody, ImportDetailBody, ImportPage, ImportReportBody, ReceivedImportBody};
pub use jobs::{JobBody, JobPage, NewJobBody};
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
