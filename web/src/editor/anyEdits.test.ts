// Whatever is done in whatever order: the draft stays sound, and undo leads all the way back.
import { describe, expect, it } from 'vitest';
import { draftOf, rowsOf, sameSegments, violations, type Draft } from './draft';
import {
  addSegment,
  mergeWithNext,
  moveBoundary,
  relabel,
  remove,
  split,
  type Outcome,
} from './edits';
import { begin, commit, redo, undo } from './history';
import { DURATION_MS, numbersFrom, row, twoPartyCall } from './sample';
import { addVoice, giveToNewVoice, mergeVoices } from './voices';

const RUNS = 200;
const EDITS = 40;

function anyEdit(draft: Draft, next: () => number): Outcome {
  const whole = (below: number) => Math.floor(next() * below);
  const id = draft.segments[whole(draft.segments.length)]?.id ?? -1;
  const label = draft.voices[whole(draft.voices.length)]?.label ?? 0;
  const other = draft.voices[whole(draft.voices.length)]?.label ?? 0;
  const ms = next() * 1.2 * DURATION_MS - 0.1 * DURATION_MS;
  const channel = whole(2);
  const touching = next() < 0.5 ? 'along' : 'stays';
  switch (whole(10)) {
    case 0:
      return moveBoundary(draft, id, 'start', ms, touching);
    case 1:
      return moveBoundary(draft, id, 'end', ms, touching);
    case 2:
      return relabel(draft, id, label);
    case 3:
      return relabel(draft, id, null);
    case 4:
      return split(draft, id, ms);
    case 5:
      return mergeWithNext(draft, id);
    case 6:
      return next() < 0.3 ? mergeVoices(draft, label, other) : remove(draft, id);
    case 7:
      return next() < 0.5 ? addVoice(draft, channel) : giveToNewVoice(draft, id);
    default:
      return addSegment(draft, channel, next() < 0.2 ? null : label, ms, ms + 2000 * next() - 1000);
  }
}

function anyDraft(next: () => number): Draft {
  const rows = Array.from({ length: 12 }, () => {
    const start = Math.floor(next() * DURATION_MS);
    const channel = Math.floor(next() * 2);
    const label = next() < 0.2 ? null : channel * 3 + Math.floor(next() * 3);
    return row(label, start, start + Math.floor(next() * 3000), channel);
  });
  return draftOf(rows, DURATION_MS, 2);
}

/** Milliseconds of a channel that someone speaks in. */
function spoken(draft: Draft, channel: number): number {
  let [sum, until] = [0, 0];
  for (const { start_ms, end_ms } of rowsOf(draft).filter((each) => each.channel === channel)) {
    sum += Math.max(0, end_ms - Math.max(start_ms, until));
    until = Math.max(until, end_ms);
  }
  return sum;
}

describe('any edits', () => {
  it('leave_the_draft_sound', () => {
    let doneEdits = 0;
    for (let seed = 0; seed < RUNS; seed += 1) {
      const next = numbersFrom(seed);
      let draft = seed % 2 === 0 ? twoPartyCall() : anyDraft(next);
      expect(violations(draft)).toEqual([]);
      for (let n = 0; n < EDITS; n += 1) {
        const outcome = anyEdit(draft, next);
        if (outcome.kind === 'refused') continue;
        doneEdits += 1;
        draft = outcome.draft;
        expect(violations(draft), `seed ${seed}, edit ${n}`).toEqual([]);
        const { selected } = outcome;
        const known = draft.segments.some((segment) => segment.id === selected);
        expect(selected === null || known, `seed ${seed}, edit ${n}`).toBe(true);
      }
    }
    expect(doneEdits).toBeGreaterThan((RUNS * EDITS) / 3);
  });

  it('are_undone_and_done_again', () => {
    for (let seed = 0; seed < RUNS; seed += 1) {
      const next = numbersFrom(seed);
      const first = twoPartyCall();
      let history = begin(first);
      for (let n = 0; n < EDITS; n += 1) {
        const outcome = anyEdit(history.present, next);
        if (outcome.kind === 'done') history = commit(history, outcome.draft);
      }
      const last = history.present;
      while (history.past.length > 0) history = undo(history);
      expect(history.present).toBe(first);
      while (history.future.length > 0) history = redo(history);
      expect(history.present).toBe(last);
    }
  });

  it('that_only_name_voices_leave_the_spoken_time_as_it_is', () => {
    for (let seed = 0; seed < RUNS; seed += 1) {
      const next = numbersFrom(seed);
      const draft = anyDraft(next);
      const id = draft.segments[Math.floor(next() * draft.segments.length)]?.id ?? -1;
      const labels = draft.voices.map((voice) => voice.label);
      const edits = [
        ...labels.map((label) => relabel(draft, id, label)),
        ...labels.map((label) => mergeVoices(draft, labels[0] ?? 0, label)),
        relabel(draft, id, null),
        giveToNewVoice(draft, id),
        split(draft, id, next() * DURATION_MS),
      ];
      for (const edit of edits) {
        if (edit.kind === 'refused') continue;
        for (const channel of [0, 1]) {
          expect(spoken(edit.draft, channel), `seed ${seed}`).toBe(spoken(draft, channel));
        }
      }
    }
  });

  it('survive_being_sent_and_read_back', () => {
    for (let seed = 0; seed < RUNS; seed += 1) {
      const next = numbersFrom(seed);
      let draft = anyDraft(next);
      for (let n = 0; n < EDITS; n += 1) {
        const outcome = anyEdit(draft, next);
        if (outcome.kind === 'done') draft = outcome.draft;
      }
      expect(sameSegments(draft, draftOf(rowsOf(draft), DURATION_MS, 2))).toBe(true);
    }
  });
});

describe('steps of one name', () => {
  it('are_undone_at_once', () => {
    let history = begin(0);
    for (const n of [1, 2, 3]) history = commit(history, n, 'nudge');
    history = commit(history, 4, 'other');
    expect(undo(history).present).toBe(3);
    expect(undo(undo(history)).present).toBe(0);
  });

  it('are_steps_of_their_own_after_an_undo', () => {
    let history = commit(begin(0), 1, 'nudge');
    history = redo(undo(history));
    history = commit(history, 2, 'nudge');
    expect(undo(history).present).toBe(1);
  });
});
