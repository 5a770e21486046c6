// The draft of who speaks when: its history, what is selected in it, and which part is in view.
import type { SegmentView } from '../api/types';
import {
  draftOf,
  sameSegments,
  segmentOf,
  voiceOf,
  type Draft,
  type DraftSegment,
} from '../editor/draft';
import {
  addSegment,
  mergeWithNext,
  moveBoundary,
  relabel,
  remove,
  split,
  type Edge,
  type Outcome,
  type Refusal,
  type Touching,
} from '../editor/edits';
import { begin, commit, redo, undo, type History } from '../editor/history';
import { revealing, whole, type TimeView } from '../editor/timeView';
import { addVoice, giveToNewVoice, mergeVoices } from '../editor/voices';

/** Two voices that a person is about to declare one. */
export interface VoiceMerge {
  from: number;
  into: number | null;
}

export class LaneEditor {
  /** The revision that the draft began as. */
  base = $state.raw() as SegmentView;
  /** A later revision by someone else that the draft does not know of. */
  newer = $state.raw<SegmentView | null>(null);
  history = $state.raw() as History<Draft>;
  /** The draft while a boundary is dragged, before it is a step. */
  preview = $state.raw<Draft | null>(null);
  selectedId = $state<number | null>(null);
  edge = $state<Edge>('end');
  refusal = $state<Refusal | null>(null);
  merging = $state.raw<VoiceMerge | null>(null);
  view = $state.raw() as TimeView;
  #saved = $state.raw() as Draft;

  readonly draft = $derived(this.preview ?? this.history.present);
  readonly selected = $derived(segmentOf(this.draft, this.selectedId));
  readonly changed = $derived(!sameSegments(this.history.present, this.#saved));
  readonly canUndo = $derived(this.history.past.length > 0);
  readonly canRedo = $derived(this.history.future.length > 0);

  constructor(
    current: SegmentView,
    readonly durationMs: number,
    readonly channels: number,
  ) {
    this.view = whole(durationMs);
    this.#begin(current);
  }

  /** Takes note of what the server has now; a changed draft is kept. */
  meet(current: SegmentView) {
    if (current.revision <= this.base.revision) return;
    if (this.changed) this.newer = current;
    else this.#begin(current);
  }

  /** The draft was saved and is now this revision; undo still leads behind it. */
  saved(view: SegmentView) {
    this.base = view;
    this.newer = null;
    this.#saved = this.history.present;
  }

  /** Drops the draft for the latest revision. */
  discard() {
    this.#begin(this.newer ?? this.base);
  }

  /** Keeps the draft, to be saved as the revision after the latest one. */
  rebase() {
    if (!this.newer) return;
    this.base = this.newer;
    this.#saved = this.draftOf(this.newer);
    this.newer = null;
  }

  /** Makes an old revision the draft; this can be undone. */
  restore(old: SegmentView) {
    const { nextId, nextLabel } = this.history.present;
    const draft = this.draftOf(old);
    const labelled = Math.max(draft.nextLabel, nextLabel);
    // Ids go on, so that no two segments of the history share one.
    const segments = draft.segments.map((segment) => ({ ...segment, id: segment.id + nextId }));
    const fresh = { ...draft, segments, nextId: draft.nextId + nextId, nextLabel: labelled };
    this.#take({ kind: 'done', draft: fresh, selected: null });
  }

  draftOf(view: SegmentView): Draft {
    return draftOf(view.segments, this.durationMs, this.channels);
  }

  select(id: number | null) {
    this.selectedId = id;
    this.refusal = null;
    const segment = segmentOf(this.draft, id);
    if (segment) this.#reveal(segment);
  }

  /** Selects the segment before or after; without a selection the one at `atMs`. */
  selectBy(step: 1 | -1, atMs: number) {
    const { segments } = this.draft;
    const index = segments.findIndex((segment) => segment.id === this.selectedId);
    if (index >= 0) {
      const next = segments[index + step];
      if (next) this.select(next.id);
      return next !== undefined;
    }
    const near = segments.find((segment) => segment.end_ms > atMs) ?? segments[segments.length - 1];
    if (near) this.select(near.id);
    return near !== undefined;
  }

  /** Shows where a boundary would come to lie. */
  drag(id: number, edge: Edge, ms: number, touching: Touching) {
    const outcome = moveBoundary(this.history.present, id, edge, ms, touching);
    this.preview = outcome.kind === 'done' ? outcome.draft : null;
  }

  drop() {
    const { preview } = this;
    this.preview = null;
    if (preview) this.#take({ kind: 'done', draft: preview, selected: this.selectedId });
  }

  moveTo(ms: number, touching: Touching, step: string | null = null) {
    const { edge } = this;
    this.#onSelected((draft, { id }) => moveBoundary(draft, id, edge, ms, touching), step);
  }

  nudge(byMs: number, touching: Touching) {
    const segment = this.selected;
    if (!segment) return this.#refuse('no_segment');
    const at = this.edge === 'start' ? segment.start_ms : segment.end_ms;
    this.moveTo(at + byMs, touching, `nudge ${segment.id} ${this.edge} ${touching}`);
  }

  label(label: number | null) {
    this.#onSelected((draft, { id }) => relabel(draft, id, label));
  }

  split(ms: number) {
    this.#onSelected((draft, { id }) => split(draft, id, ms));
  }

  mergeNext() {
    this.#onSelected((draft, { id }) => mergeWithNext(draft, id));
  }

  remove() {
    this.#onSelected((draft, { id }) => remove(draft, id));
  }

  newVoice() {
    this.#onSelected((draft, { id }) => giveToNewVoice(draft, id));
  }

  openLane(channel: number) {
    this.#take(addVoice(this.history.present, channel));
  }

  add(channel: number, label: number | null, fromMs: number, toMs: number) {
    this.#take(addSegment(this.history.present, channel, label, fromMs, toMs));
  }

  /** Asks which voice the selected one is to become; nothing is merged before it is confirmed. */
  askMerge() {
    const label = this.selected?.label ?? null;
    if (label === null) return this.#refuse('no_segment');
    const others = this.mergeTargets(label);
    if (others.length === 0) return this.#refuse('nothing_to_merge');
    this.merging = { from: label, into: others.length === 1 ? others[0]! : null };
  }

  /** Labels that a voice can be merged into. */
  mergeTargets(from: number): number[] {
    const channel = voiceOf(this.draft, from)?.channel;
    return this.draft.voices
      .filter((voice) => voice.channel === channel && voice.label !== from)
      .map((voice) => voice.label);
  }

  mergeVoices(from: number, into: number) {
    this.merging = null;
    this.#take(mergeVoices(this.history.present, from, into));
  }

  undo() {
    this.#turn(undo(this.history));
  }

  redo() {
    this.#turn(redo(this.history));
  }

  #begin(view: SegmentView) {
    this.base = view;
    this.newer = null;
    this.#saved = this.draftOf(view);
    this.history = begin(this.#saved);
    this.preview = null;
    this.selectedId = null;
    this.refusal = null;
    this.merging = null;
  }

  #onSelected(
    edit: (draft: Draft, segment: DraftSegment) => Outcome,
    step: string | null = null,
  ) {
    const segment = segmentOf(this.history.present, this.selectedId);
    if (segment) this.#take(edit(this.history.present, segment), step);
    else this.#refuse('no_segment');
  }

  #take(outcome: Outcome, step: string | null = null) {
    if (outcome.kind === 'refused') return this.#refuse(outcome.refusal);
    this.history = commit(this.history, outcome.draft, step);
    this.select(outcome.selected);
  }

  #turn(history: History<Draft>) {
    this.history = history;
    this.preview = null;
    this.refusal = null;
    if (!segmentOf(history.present, this.selectedId)) this.selectedId = null;
  }

  #refuse(refusal: Refusal) {
    this.refusal = refusal;
  }

  #reveal({ start_ms, end_ms }: DraftSegment) {
    const { startMs, spanMs } = this.view;
    const seen = end_ms > startMs && start_ms < startMs + spanMs;
    if (!seen) this.view = revealing(this.view, this.durationMs, start_ms);
  }
}
