// Short names for the generated types. Everything else imports from here, never from the schema.
import type { components } from './schema';

type Schemas = components['schemas'];

export type Recording = Schemas['Recording'];
export type RecordingDetail = Schemas['RecordingDetail'];
/** A page of a list: the items, and where the next page begins. */
type Page<Item> = { items: Item[]; next_cursor?: string | null };
export type RecordingPage = Page<Recording>;
/** What a list of recordings may be narrowed to. */
export type RecordingState = 'pending' | 'analysed' | 'no_voice' | 'failed';
export type MediaFacts = NonNullable<Recording['media']>;
export type ChannelFacts = RecordingDetail['channels'][number];
/** Further measurements of a channel, where they were made. */
export interface ChannelMeasures {
  music_ratio?: number | null;
  tone_ratio?: number | null;
  silence_ratio?: number | null;
  cross_talk?: CrossTalk[] | null;
}
/** What a channel carries of another one. */
export interface CrossTalk {
  from_channel: number;
  level_db: number;
  delay_ms: number;
}
export type Upload = Schemas['Upload'];
export type Segment = Schemas['Segments']['segments'][number];
export type Voice = Schemas['Voice'] & { suitability?: Suitability | null };
/** What a voice is fit for, where it was judged. */
export type Suitability = Partial<Record<Purpose, Judgement>>;
export type Purpose = 'search' | 'enrolment' | 'linking';
export interface Judgement {
  verdict: 'accept' | 'caution' | 'reject';
  reasons: { code: string; message: string }[];
}
export type VoiceFacts = Schemas['VoiceFacts'];
export type Peaks = Schemas['Peaks'];
export type Case = Schemas['Case'];
export type Subject = Schemas['Subject'];
/** In what capacity a person may be entered. */
export type SubjectClass = 'suspect' | 'convicted' | 'victim' | 'witness' | 'staff' | 'unknown';
export type SubjectPage = Page<Subject>;
export type Enrolment = Schemas['Enrolment'];
export type Search = Schemas['Search'];
export type Candidate = Schemas['Candidate'];
export type Calibration = Candidate['calibration'];
export type Against = NonNullable<Search['request']['against']>;
export type Job = Schemas['Job'];
export type Problem = Schemas['Problem'];
export type Limits = Schemas['Limits'];
