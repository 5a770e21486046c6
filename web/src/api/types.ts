// Short names for the generated types. Everything else imports from here, never from the schema.
import type { components, operations } from './schema';

type Schemas = components['schemas'];
/** What an operation answers where all is well. */
type Answer<Name extends keyof operations> = operations[Name]['responses'] extends {
  200: { content: { 'application/json': infer Body } };
}
  ? Body
  : never;
/** What an operation may be narrowed to. */
type Query<Name extends keyof operations> = NonNullable<operations[Name]['parameters']['query']>;

export type Recording = Schemas['Recording'];
export type RecordingDetail = Schemas['RecordingDetail'];
export type RecordingPage = Answer<'get_recordings'>;
export type RecordingQuery = Query<'get_recordings'> & { state?: RecordingState };
/** What a list of recordings may be narrowed to; to the description it is any string. */
export type RecordingState = 'pending' | 'analysed' | 'no_voice' | 'failed';
export type MediaFacts = Schemas['Media'];
export type ChannelFacts = Schemas['Channel'];
/** What a channel carries of another one. */
export type CrossTalk = Schemas['CrossTalk'];
export type CodecTrace = Schemas['CodecTrace'];
export type Upload = Schemas['Upload'];
/** A stretch of one channel; without a label it is overlap. */
export type Segment = Schemas['Segment'];
export type SegmentRevision = Schemas['SegmentRevision'];
/** One revision of who speaks when, and the list of all. */
export type SegmentView = Schemas['Segments'];
export type NewSegments = Schemas['NewSegments'];
export type Voice = Schemas['Voice'];
/** What a voice is fit for, where it was judged. */
export type Suitability = Schemas['Suitability'];
export type Purpose = keyof Suitability;
export type Judgement = Schemas['Judgement'];
export type VoiceFacts = Schemas['VoiceFacts'];
export type Peaks = Schemas['Peaks'];
export type Case = Schemas['Case'];
export type Subject = Schemas['Subject'];
export type NewSubject = Schemas['NewSubject'];
/** In what capacity a person may be entered. */
export type SubjectClass = Schemas['SubjectClass'];
export type SubjectPage = Answer<'get_subjects'>;
export type SubjectQuery = Query<'get_subjects'> & { class?: SubjectClass };
export type Enrolment = Schemas['Enrolment'];
export type NewEnrolment = Schemas['NewEnrolment'];
export type Search = Schemas['Search'];
export type NewSearch = Schemas['NewSearch'];
export type SearchFilters = Schemas['SearchFilters'];
/** A voice of an answer whose segments were corrected since. */
export type OutdatedVoice = Schemas['OutdatedVoice'];
export type Candidate = Schemas['Candidate'];
/** A subject of an answer, by all of its enrolled voices together. */
export type SubjectCandidate = Schemas['SubjectCandidate'];
/** A named set of voices that answers are measured on. */
export type Population = Schemas['Population'];
export type PopulationVersion = Schemas['PopulationVersion'];
export type PopulationPage = Answer<'get_populations'>;
export type NewPopulation = Schemas['NewPopulation'];
export type NewPopulationVersion = Schemas['NewPopulationVersion'];
export type PopulationSelection = Schemas['PopulationSelection'];
export type PopulationRates = Schemas['PopulationRates'];
export type PopulationUse = Schemas['PopulationUse'];
export type PopulationWarning = Schemas['PopulationWarning'];
export type Calibration = Schemas['Calibration'];
/** Words of the verbal scale for one strength. */
export type VerbalWords = Schemas['VerbalWords'];
/** From which ratio on how few voices of other people are expected. */
export type OperatingPoint = Schemas['OperatingPoint'];
/** A calibration that the archive keeps. */
export type StoredCalibration = Schemas['StoredCalibration'];
export type CalibrationCondition = Schemas['CalibrationCondition'];
export type CalibrationInUse = Schemas['CalibrationInUse'];
export type NewCalibration = Schemas['NewCalibration'];
/** Two voices proposed to be one speaker. */
export type Link = Schemas['Link'];
export type LinkDetail = Schemas['LinkDetail'];
/** What both sides of a link have beside the voices, as the archive knows it now. */
export type LinkShared = Schemas['LinkShared'];
export type SharedOfLink = Schemas['SharedOfLink'];
export type LinkState = Schemas['LinkState'];
export type LinkQuery = Query<'get_links'>;
export type NewLinkDecision = Schemas['NewLinkDecision'];
export type Series = Schemas['Series'];
/** A series with its calls, people, numbers and open questions. */
export type SeriesDetail = Schemas['SeriesDetail'];
export type SeriesKind = Schemas['SeriesKind'];
export type SeriesQuery = Query<'get_series_list'>;
export type Against = Schemas['Against'];
export type Entity = Schemas['Entity'];
export type EntityKind = Schemas['EntityKind'];
export type EntityDetail = Schemas['EntityDetail'];
export type CaseEntity = Schemas['CaseEntity'];
export type NewEntity = Schemas['NewEntity'];
/** A call, transfer, login or movement; not what happens in the service. */
export type CaseEvent = Schemas['CaseEvent'];
export type CaseGraph = Schemas['CaseGraph'];
export type GraphNode = Schemas['GraphNode'];
export type GraphEdge = Schemas['GraphEdge'];
export type Shared = Schemas['Shared'];
export type SharedThing = Schemas['SharedThing'];
export type Import = Schemas['Import'];
export type ImportReport = Schemas['ImportReport'];
export type ReceivedImport = Schemas['ReceivedImport'];
export type Found = Schemas['Found'];
export type ClipFound = Schemas['ClipFound'];
export type Why = Schemas['Why'];
export type Job = Schemas['Job'];
export type Problem = Schemas['Problem'];
export type Limits = Schemas['Limits'];

/** A rule's condition was met. */
export type Alert = Schemas['Alert'];
export type AlertDetail = Schemas['AlertDetail'];
export type AlertCounts = Schemas['AlertCounts'];
export type AlertEvidence = Schemas['AlertEvidence'];
export type AlertMatter = Schemas['AlertMatter'];
export type AlertState = Schemas['AlertState'];
export type AlertQuery = Query<'get_alerts'>;
export type NewDisposition = Schemas['NewDisposition'];
export type WatchList = Schemas['WatchList'];
export type NewWatchList = Schemas['NewWatchList'];
export type WatchListEdit = Schemas['WatchListEdit'];
export type WatchMember = Schemas['WatchMember'];
export type NewWatchMember = Schemas['NewWatchMember'];
export type Rule = Schemas['Rule'];
export type RuleDetail = Schemas['RuleDetail'];
export type RuleCheck = Schemas['RuleCheck'];
export type RuleCondition = Schemas['RuleCondition'];
export type RuleState = Schemas['RuleState'];
export type NewRule = Schemas['NewRule'];
export type RuleEdit = Schemas['RuleEdit'];
/** What a rule raised for what the archive held before. */
export type RaisedPast = Schemas['RaisedPast'];
/** How often a rule was wrong, from what people decided. */
export type ReverseCheck = Schemas['ReverseCheck'];
export type Webhook = Schemas['Webhook'];
export type WebhookState = Schemas['WebhookState'];
export type NewWebhook = Schemas['NewWebhook'];
export type WebhookWithSecret = Schemas['WebhookWithSecret'];
export type Delivery = Schemas['Delivery'];
