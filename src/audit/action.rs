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
/// Many voices began to be searched at once.
pub const BATCH_SEARCH_STARTED: &str = "batch_search.started";
/// Searching many voices ended: how many answers there were, and their digest.
pub const BATCH_SEARCH_ENDED: &str = "batch_search.ended";
/// Two voices were compared.
pub const COMPARISON_MADE: &str = "comparison.made";
/// A key that reports are signed with was made.
pub const REPORT_KEY_MADE: &str = "report_key.made";
/// A signed report was given out.
pub const REPORT_ISSUED: &str = "report.issued";
/// A calibration was added.
pub const CALIBRATION_ADDED: &str = "calibration.added";
/// Answers are made with a calibration from now on.
pub const CALIBRATION_ACTIVATED: &str = "calibration.activated";
/// A calibration is not used again.
pub const CALIBRATION_RETIRED: &str = "calibration.retired";
/// A population was made, or a new version of one.
pub const POPULATION_MADE: &str = "population.made";
/// Labelled trials of enrolled voices were given out.
pub const TRIALS_EXPORTED: &str = "trials.exported";
/// Links were looked for: which were proposed, and which ceased to count.
pub const LINKS_PROPOSED: &str = "links.proposed";
/// A person proposed a link.
pub const LINK_PROPOSED: &str = "link.proposed";
/// A person decided about a link.
pub const LINK_DECIDED: &str = "link.decided";
/// Links of voices that are gone ceased to count.
pub const LINKS_SUPERSEDED: &str = "links.superseded";
/// Groups of voices, or series of cases, changed.
pub const GROUPS_CHANGED: &str = "groups.changed";
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
/// A watch list was made.
pub const WATCH_LIST_MADE: &str = "watch_list.made";
/// A watch list was edited.
pub const WATCH_LIST_EDITED: &str = "watch_list.edited";
/// A member was put on a watch list.
pub const WATCH_MEMBER_ADDED: &str = "watch_member.added";
/// A member was taken off a watch list.
pub const WATCH_MEMBER_REMOVED: &str = "watch_member.removed";
/// A rule was made.
pub const RULE_MADE: &str = "rule.made";
/// A rule was edited, or its state changed.
pub const RULE_EDITED: &str = "rule.edited";
/// A rule was tried out on the archive.
pub const RULE_CHECKED: &str = "rule.checked";
/// A rule raised its alerts for what the archive held before.
pub const RULE_RAISED_PAST: &str = "rule.raised_past";
/// A rule's condition was met.
pub const ALERT_RAISED: &str = "alert.raised";
/// What an alert is about was seen again.
pub const ALERT_REPEATED: &str = "alert.repeated";
/// A person took an alert up.
pub const ALERT_ACKNOWLEDGED: &str = "alert.acknowledged";
/// A person decided on an alert.
pub const ALERT_DISPOSED: &str = "alert.disposed";
/// A partner reported back on an alert.
pub const PARTNER_REPORTED: &str = "partner.reported";
/// A partner's subscription was made.
pub const WEBHOOK_MADE: &str = "webhook.made";
/// A partner's subscription was edited.
pub const WEBHOOK_EDITED: &str = "webhook.edited";
/// A partner's secret was replaced.
pub const WEBHOOK_SECRET_REPLACED: &str = "webhook.secret_replaced";
/// A message to a partner was queued.
pub const DELIVERY_QUEUED: &str = "delivery.queued";
/// A partner was called, and took the message or not.
pub const DELIVERY_TRIED: &str = "delivery.tried";
/// A message to a partner was given up.
pub const DELIVERY_BURIED: &str = "delivery.buried";
/// A message that was given up was queued again by a person.
pub const DELIVERY_REQUEUED: &str = "delivery.requeued";
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
