//! What is sent and received: one shape for each noun, apart from the nouns themselves so that the
//! interface does not change when they do.

mod alerts;
mod batch_searches;
mod calibrations;
mod cases;
mod comparisons;
mod entities;
mod evidence;
mod find;
mod galleries;
mod graphs;
mod groups;
mod imports;
mod jobs;
mod link_shared;
mod links;
mod partner_reports;
mod population_rates;
mod populations;
mod recordings;
mod rule_checks;
mod rule_conditions;
mod rules;
mod search_filters;
mod searches;
mod segments;
mod shared;
mod standing;
mod subject_sides;
mod subjects;
mod voice_ref;
mod voices;
mod watch_lists;
mod webhooks;

pub use alerts::{
    AcknowledgementBody, AlertBody, AlertDetailBody, AlertList, AlertStateBody, NewDispositionBody,
};
pub use batch_searches::NewBatchSearchBody;
pub use calibrations::{
    ActivationBody, CalibrationDetailBody, CalibrationInUseBody, CalibrationList,
    NewCalibrationBody, RetirementBody, StoredCalibrationBody,
};
pub use cases::{CaseBody, CaseEditBody, CasePage, NewCaseBody};
pub use comparisons::{ComparisonBody, ComparisonPage, NewComparisonBody};
pub use entities::{
    CaseEntityBody, CaseEntityPage, CaseEventBody, CaseEventPage, EntityDetailBody, EntityKindBody,
    EventKindBody, NewEntityBody,
};
pub use find::{ClipFoundBody, FoundBody};
pub use graphs::{CallJoinBody, CallJoinPage, GraphBody, PathBody};
pub use groups::{
    GroupBody, GroupDetailBody, GroupPage, SeriesBody, SeriesDetailBody, SeriesKindBody, SeriesPage,
};
pub use imports::{ImportBody, ImportDetailBody, ImportPage, ImportReportBody, ReceivedImportBody};
pub use jobs::{JobBody, JobPage, NewJobBody};
pub use links::{
    LinkBody, LinkDetailBody, LinkPage, LinkStateBody, NewLinkBody, NewLinkDecisionBody,
};
pub use partner_reports::{NewPartnerReportBody, PartnerReportBody};
pub use populations::{
    NewPopulationBody, NewPopulationVersionBody, PopulationBody, PopulationMemberBody,
    PopulationMemberPage, PopulationPage,
};
pub use recordings::{
    ChannelBody, PeaksBody, RecordingBody, RecordingDetailBody, RecordingPage, UploadBody,
};
pub use rule_checks::{NewRuleCheckBody, NewRuleRaiseBody, RaisedPastBody, RuleCheckBody};
pub use rules::{NewRuleBody, RuleBody, RuleDetailBody, RuleEditBody, RulePage, RuleStateBody};
pub use searches::{NewSearchBody, SearchBody, SearchPage};
pub use segments::{NewSegmentsBody, SegmentsBody};
pub use shared::SharedBody;
pub use subjects::{
    EnrolmentBody, EnrolmentList, NewEnrolmentBody, NewSubjectBody, SubjectBody, SubjectEditBody,
    SubjectPage,
};
pub use voice_ref::{RightSide, SideBody};
pub use voices::{VoiceBody, VoiceList};
pub use watch_lists::{
    NewWatchListBody, NewWatchMemberBody, ReasonBody, WatchListBody, WatchListEditBody,
    WatchListPage, WatchMemberBody, WatchMemberPage,
};
pub use webhooks::{
    DeliveryBody, DeliveryDetailBody, DeliveryPage, DeliveryStateBody, NewWebhookBody, WebhookBody,
    WebhookEditBody, WebhookPage, WebhookSecretBody,
};

/// Reads a field that was given, so that null is told apart from what was left out.
fn given<'de, D, T>(deserializer: D) -> Result<Option<Option<T>>, D::Error>
where
    D: serde::Deserializer<'de>,
    T: serde::Deserialize<'de>,
{
    serde::Deserialize::deserialize(deserializer).map(Some)
}
