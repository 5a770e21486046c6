//! What can be done, as audit rows name it: `noun.past_participle`. A name that was used is never
//! changed or used for something else, since rows keep it for ever.

/// A case was opened.
pub const CASE_OPENED: &str = "case.opened";
/// Title or note of a case were edited.
pub const CASE_EDITED: &str = "case.edited";
/// A recording was received.
pub const RECORDING_STORED: &str = "recording.stored";
/// What was found in a recording was written.
pub const RECORDING_ANALYSED: &str = "recording.analysed";
/// A person corrected who speaks when.
pub const SEGMENTS_REVISED: &str = "segments.revised";
/// A recording cannot be analysed.
pub const RECORDING_FAILED: &str = "recording.failed";
/// A recording's audio was played or fetched.
pub const RECORDING_PLAYED: &str = "recording.played";
/// A subject was entered.
pub const SUBJECT_ENTERED: &str = "subject.entered";
/// A subject was edited.
pub const SUBJECT_EDITED: &str = "subject.edited";
/// Voices were tied to a subject.
pub const ENROLMENT_MADE: &str = "enrolment.made";
/// An enrolment was withdrawn.
pub const ENROLMENT_WITHDRAWN: &str = "enrolment.withdrawn";
/// The archive was searched.
pub const SEARCH_ANSWERED: &str = "search.answered";
/// Two voices were compared.
pub const COMPARISON_MADE: &str = "comparison.made";
/// A calibration was added.
pub const CALIBRATION_ADDED: &str = "calibration.added";
/// Answers are made with a calibration from now on.
pub const CALIBRATION_ACTIVATED: &str = "calibration.activated";
/// A calibration is not used again.
pub const CALIBRATION_RETIRED: &str = "calibration.retired";
/// Labelled trials of enrolled voices were given out.
pub const TRIALS_EXPORTED: &str = "trials.exported";
/// A job was queued.
pub const JOB_QUEUED: &str = "job.queued";
/// A job was done that changes no evidence.
pub const JOB_FINISHED: &str = "job.finished";
/// A job was given up.
pub const JOB_BURIED: &str = "job.buried";
/// A job was cancelled by a person.
pub const JOB_CANCELLED: &str = "job.cancelled";
/// A dead or cancelled job was queued again by a person.
pub const JOB_REQUEUED: &str = "job.requeued";
/// An answer was kept for the key of a repeated request.
pub const ANSWER_KEPT: &str = "answer.kept";
/// The search index was built anew.
pub const INDEX_REBUILT: &str = "index.rebuilt";
/// A person said that an entity occurs in a case.
pub const ENTITY_ADDED: &str = "entity.added";
/// The numbers of recordings were made entities.
pub const PARTIES_READ: &str = "parties.read";
/// A table of events was received.
pub const IMPORT_RECEIVED: &str = "import.received";
/// Rows of a table became events.
pub const EVENTS_ADDED: &str = "events.added";
/// Every row of a table was read.
pub const IMPORT_FINISHED: &str = "import.finished";
