// Edits of single segments. Each gives a new draft, or says why it is refused.
import {
  laneOf,
  MIN_SEGMENT_MS,
  place,
  sameLane,
  segmentOf,
  sorted,
  voiceOf,
  type Draft,
  type DraftSegment,
} from './draft';

/** Why an edit cannot be made. */
export type Refusal =
  | 'no_segment'
  | 'no_voice'
  | 'no_room'
  | 'other_channel'
  | 'same_voice'
  | 'not_inside'
  | 'nothing_to_merge';

export type Outcome =
  | { kind: 'done'; draft: Draft; selected: number | null }
  | { kind: 'refused'; refusal: Refusal };

export type Edge = 'start' | 'end';

/** Whether a segment that touches the boundary moves its own along, or stays as it is. */
export type Touching = 'along' | 'stays';

/** Bounds of a time, both included. */
interface Range {
  low: number;
  high: number;
}

export function done(draft: Draft, selected: number | null): Outcome {
  return { kind: 'done', draft, selected };
}

export function refused(refusal: Refusal): Outcome {
  return { kind: 'refused', refusal };
}

/** Moves one boundary as near to `ms` as its neighbours allow. */
export function moveBoundary(
  draft: Draft,
  id: number,
  edge: Edge,
  ms: number,
  touching: Touching,
): Outcome {
  const segment = segmentOf(draft, id);
  if (!segment) return refused('no_segment');
  const partner = touching === 'along' ? toucher(draft, segment, edge) : undefined;
  const ranges = [rangeOf(draft, segment, edge, partner)];
  if (partner) ranges.push(rangeOf(draft, partner, opposite(edge), segment));
  const low = Math.max(...ranges.map((range) => range.low));
  const high = Math.min(...ranges.map((range) => range.high));
  const at = Math.round(Math.min(high, Math.max(low, ms)));
  if (at === timeOf(segment, edge)) return refused('no_room');
  const segments = draft.segments.map((other) => {
    if (other.id === id) return withEdge(other, edge, at);
    if (other.id === partner?.id) return withEdge(other, opposite(edge), at);
    return other;
  });
  return done({ ...draft, segments: sorted(segments) }, id);
}

/** Gives a segment to another voice, or with null marks it as overlap. */
export function relabel(draft: Draft, id: number, label: number | null): Outcome {
  const segment = segmentOf(draft, id);
  if (!segment) return refused('no_segment');
  if (segment.label === label) return refused('same_voice');
  if (label !== null) {
    const voice = voiceOf(draft, label);
    if (!voice) return refused('no_voice');
    if (voice.channel !== segment.channel) return refused('other_channel');
  }
  return settled(draft, { ...segment, label });
}

/** Cuts a segment in two; the later part is selected. */
export function split(draft: Draft, id: number, ms: number): Outcome {
  const segment = segmentOf(draft, id);
  if (!segment) return refused('no_segment');
  const at = Math.round(ms);
  const inside =
    at - segment.start_ms >= MIN_SEGMENT_MS && segment.end_ms - at >= MIN_SEGMENT_MS;
  if (!inside) return refused('not_inside');
  const later = { ...segment, id: draft.nextId, start_ms: at };
  const segments = draft.segments.map((other) =>
    other.id === id ? { ...other, end_ms: at } : other,
  );
  return done(
    { ...draft, segments: sorted([...segments, later]), nextId: draft.nextId + 1 },
    later.id,
  );
}

/** Joins a segment with the next one of its lane, the pause between them included. */
export function mergeWithNext(draft: Draft, id: number): Outcome {
  const segment = segmentOf(draft, id);
  if (!segment) return refused('no_segment');
  const next = laneOf(draft, segment.channel, segment.label).find(
    (other) => other.start_ms >= segment.end_ms,
  );
  if (!next) return refused('nothing_to_merge');
  const others = draft.segments.filter((other) => other.id !== next.id);
  return settled({ ...draft, segments: others }, { ...segment, end_ms: next.end_ms });
}

/** Takes a segment out; the one after it on its channel is selected, or the last. */
export function remove(draft: Draft, id: number): Outcome {
  const segment = segmentOf(draft, id);
  if (!segment) return refused('no_segment');
  const segments = draft.segments.filter((other) => other.id !== id);
  const beside = segments.filter((other) => other.channel === segment.channel);
  const next = beside.find((other) => other.start_ms >= segment.start_ms);
  return done({ ...draft, segments }, (next ?? beside[beside.length - 1])?.id ?? null);
}

/** Adds a segment from `anchorMs` towards `toMs`, as far as the empty part of the lane goes. */
export function addSegment(
  draft: Draft,
  channel: number,
  label: number | null,
  anchorMs: number,
  toMs: number,
): Outcome {
  if (channel < 0 || channel >= draft.channels) return refused('other_channel');
  if (label !== null) {
    const voice = voiceOf(draft, label);
    if (!voice) return refused('no_voice');
    if (voice.channel !== channel) return refused('other_channel');
  }
  const gap = gapAt(draft, channel, label, anchorMs);
  if (!gap) return refused('no_room');
  const within = (ms: number) => Math.round(Math.min(gap.high, Math.max(gap.low, ms)));
  const [start_ms, end_ms] = [within(Math.min(anchorMs, toMs)), within(Math.max(anchorMs, toMs))];
  if (end_ms - start_ms < MIN_SEGMENT_MS) return refused('no_room');
  const id = draft.nextId;
  return settled({ ...draft, nextId: id + 1 }, { id, channel, start_ms, end_ms, label });
}

/** The time of a boundary. */
export function timeOf(segment: DraftSegment, edge: Edge): number {
  return edge === 'start' ? segment.start_ms : segment.end_ms;
}

/** Puts a segment in its place. What is marked as overlap is taken from the voices beneath. */
function settled(draft: Draft, segment: DraftSegment): Outcome {
  const cleared = segment.label === null ? cut(draft, segment) : draft;
  const segments = sorted(place(cleared.segments, segment));
  return done({ ...cleared, segments }, segment.id);
}

/** Takes the time of `mark` from every voice of its channel. */
function cut(draft: Draft, mark: DraftSegment): Draft {
  let nextId = draft.nextId;
  const segments: DraftSegment[] = [];
  for (const other of draft.segments) {
    const beneath =
      other.id !== mark.id &&
      other.channel === mark.channel &&
      other.label !== null &&
      other.start_ms < mark.end_ms &&
      other.end_ms > mark.start_ms;
    if (!beneath) {
      segments.push(other);
      continue;
    }
    const before = { ...other, end_ms: mark.start_ms };
    const after = { ...other, start_ms: mark.end_ms };
    if (before.start_ms < before.end_ms) segments.push(before);
    if (after.start_ms < after.end_ms) {
      const isSecond = before.start_ms < before.end_ms;
      segments.push(isSecond ? { ...after, id: nextId } : after);
      if (isSecond) nextId += 1;
    }
  }
  return { ...draft, segments, nextId };
}

/** The segment of the channel whose other boundary is exactly here; its own voice's first. */
function toucher(draft: Draft, segment: DraftSegment, edge: Edge): DraftSegment | undefined {
  const at = timeOf(segment, edge);
  const touching = draft.segments.filter(
    (other) =>
      other.id !== segment.id &&
      other.channel === segment.channel &&
      timeOf(other, opposite(edge)) === at,
  );
  return touching.find((other) => sameLane(other, segment)) ?? touching[0];
}

/** How far a boundary may go; `partner` gives way. */
function rangeOf(
  draft: Draft,
  segment: DraftSegment,
  edge: Edge,
  partner: DraftSegment | undefined,
): Range {
  const others = laneOf(draft, segment.channel, segment.label).filter(
    (other) => other.id !== segment.id && other.id !== partner?.id,
  );
  if (edge === 'start') {
    const before = others.filter((other) => other.end_ms <= segment.start_ms);
    const low = before.reduce((latest, other) => Math.max(latest, other.end_ms), 0);
    return { low, high: Math.max(segment.start_ms, segment.end_ms - MIN_SEGMENT_MS) };
  }
  const after = others.filter((other) => other.start_ms >= segment.end_ms);
  const high = after.reduce((first, other) => Math.min(first, other.start_ms), draft.durationMs);
  return { low: Math.min(segment.end_ms, segment.start_ms + MIN_SEGMENT_MS), high };
}

/** The empty part of a lane around a time; nothing where the lane is taken. */
function gapAt(
  draft: Draft,
  channel: number,
  label: number | null,
  ms: number,
): Range | undefined {
  let [low, high] = [0, draft.durationMs];
  for (const other of laneOf(draft, channel, label)) {
    if (other.end_ms <= ms) low = Math.max(low, other.end_ms);
    else if (other.start_ms >= ms) high = Math.min(high, other.start_ms);
    else return undefined;
  }
  return { low, high };
}

function opposite(edge: Edge): Edge {
  return edge === 'start' ? 'end' : 'start';
}

function withEdge(segment: DraftSegment, edge: Edge, at: number): DraftSegment {
  return edge === 'start' ? { ...segment, start_ms: at } : { ...segment, end_ms: at };
}
