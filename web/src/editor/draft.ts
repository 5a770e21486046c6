// What a person edits: the segments of one recording in lanes, one lane a voice and channel.
// A draft never changes; every edit makes a new one. Times are whole milliseconds.
// It always holds that segments of one lane do not overlap, that each begins before it ends, and
// that all lie within the recording.

import type { Segment } from '../api/types';

/** A segment with an id of its own, which it keeps through edits. */
export interface DraftSegment {
  readonly id: number;
  readonly channel: number;
  readonly start_ms: number;
  readonly end_ms: number;
  /** Whose speech it is; null where several people speak at once. */
  readonly label: number | null;
}

/** A voice belongs to one channel; it may have no segments yet. */
export interface DraftVoice {
  readonly label: number;
  readonly channel: number;
}

export interface Draft {
  readonly durationMs: number;
  readonly channels: number;
  /** By start, then channel, then label. */
  readonly segments: readonly DraftSegment[];
  /** By channel, then label. */
  readonly voices: readonly DraftVoice[];
  readonly nextId: number;
  /** A label is not given twice: after a merge it would stand for another person. */
  readonly nextLabel: number;
}

/** Least length that an edit leaves of a segment, in milliseconds. */
export const MIN_SEGMENT_MS = 10;

/** Takes the rows of a revision; what lies beyond the recording is cut off. */
export function draftOf(
  rows: readonly Segment[],
  durationMs: number,
  channels: number,
): Draft {
  const end = Math.max(0, Math.floor(durationMs));
  let segments: readonly DraftSegment[] = [];
  let nextId = 0;
  for (const row of rows) {
    const start_ms = Math.max(0, Math.round(row.start_ms));
    const end_ms = Math.min(end, Math.round(row.end_ms));
    if (start_ms >= end_ms) continue;
    const { channel, label = null } = row;
    segments = place(segments, { id: nextId, channel, start_ms, end_ms, label });
    nextId += 1;
  }
  const voices = voicesOf(segments);
  const nextLabel = voices.reduce((most, voice) => Math.max(most, voice.label), -1) + 1;
  return { durationMs: end, channels, segments: sorted(segments), voices, nextId, nextLabel };
}

/** The rows to send, by channel and start. */
export function rowsOf(draft: Draft) {
  return [...draft.segments]
    .sort((a, b) => a.channel - b.channel || bySeat(a, b))
    .map(({ channel, start_ms, end_ms, label }) => ({ channel, start_ms, end_ms, label }));
}

/** Whether two drafts say the same of who speaks when. */
export function sameSegments(a: Draft, b: Draft): boolean {
  if (a.segments === b.segments) return true;
  if (a.segments.length !== b.segments.length) return false;
  return JSON.stringify(rowsOf(a)) === JSON.stringify(rowsOf(b));
}

export function segmentOf(draft: Draft, id: number | null): DraftSegment | undefined {
  return id === null ? undefined : draft.segments.find((segment) => segment.id === id);
}

export function voiceOf(draft: Draft, label: number): DraftVoice | undefined {
  return draft.voices.find((voice) => voice.label === label);
}

/** The segments of one lane, by start. */
export function laneOf(draft: Draft, channel: number, label: number | null): DraftSegment[] {
  return draft.segments.filter((other) => other.channel === channel && other.label === label);
}

export function sameLane(a: DraftSegment, b: DraftSegment): boolean {
  return a.channel === b.channel && a.label === b.label;
}

/** Puts a segment into its lane, joined with those of the lane that it overlaps. */
export function place(
  segments: readonly DraftSegment[],
  placed: DraftSegment,
): readonly DraftSegment[] {
  let { start_ms, end_ms } = placed;
  const kept: DraftSegment[] = [];
  for (const other of segments) {
    if (other.id === placed.id) continue;
    const joins =
      sameLane(other, placed) && other.start_ms < end_ms && other.end_ms > start_ms;
    if (joins) {
      start_ms = Math.min(start_ms, other.start_ms);
      end_ms = Math.max(end_ms, other.end_ms);
    } else {
      kept.push(other);
    }
  }
  return [...kept, { ...placed, start_ms, end_ms }];
}

export function sorted(segments: readonly DraftSegment[]): readonly DraftSegment[] {
  return [...segments].sort(bySeat);
}

/** The voices that have a segment. */
export function voicesOf(segments: readonly DraftSegment[]): DraftVoice[] {
  const channels = new Map<number, number>();
  for (const { label, channel } of segments) {
    if (label !== null && !channels.has(label)) channels.set(label, channel);
  }
  return sortedVoices([...channels].map(([label, channel]) => ({ label, channel })));
}

export function sortedVoices(voices: readonly DraftVoice[]): DraftVoice[] {
  return [...voices].sort((a, b) => a.channel - b.channel || a.label - b.label);
}

/** What an editor must never make; empty for a sound draft. */
export function violations(draft: Draft): string[] {
  const found: string[] = [];
  const ends = new Map<string, number>();
  const ids = new Set<number>();
  for (const { id, channel, start_ms, end_ms, label } of draft.segments) {
    const lane = `${channel}/${label}`;
    const name = `${lane} at ${start_ms} to ${end_ms}`;
    if (ids.has(id)) found.push(`${name}: id ${id} is used twice`);
    if (start_ms >= end_ms) found.push(`${name}: does not begin before it ends`);
    if (start_ms < 0 || end_ms > draft.durationMs) found.push(`${name}: outside the recording`);
    if (start_ms < (ends.get(lane) ?? 0)) found.push(`${name}: overlaps its own voice`);
    if (!Number.isInteger(start_ms) || !Number.isInteger(end_ms)) found.push(`${name}: not whole`);
    if (label !== null && voiceOf(draft, label)?.channel !== channel) {
      found.push(`${name}: its voice is not of this channel`);
    }
    ends.set(lane, Math.max(end_ms, ends.get(lane) ?? 0));
    ids.add(id);
  }
  return found;
}

function bySeat(a: DraftSegment, b: DraftSegment): number {
  return (
    a.start_ms - b.start_ms ||
    a.channel - b.channel ||
    (a.label ?? Infinity) - (b.label ?? Infinity) ||
    a.id - b.id
  );
}
