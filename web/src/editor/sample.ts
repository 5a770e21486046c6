// Drafts for the tests of the editor.
import type { SegmentRow } from '../api/segments';
import { draftOf, type Draft } from './draft';

export const DURATION_MS = 10_000;

export function row(
  label: number | null,
  start_ms: number,
  end_ms: number,
  channel = 0,
): SegmentRow {
  return { channel, start_ms, end_ms, label };
}

/** Two voices and an overlap on the first channel, one voice on the second. */
export function twoPartyCall(): Draft {
  return draftOf(
    [
      row(0, 0, 1000),
      row(1, 1000, 2000),
      row(0, 2500, 3500),
      row(null, 3500, 3800),
      row(1, 4000, 6000),
      row(0, 6000, 7000),
      row(2, 500, 5000, 1),
    ],
    DURATION_MS,
    2,
  );
}

/** Numbers from 0 to 1 that look random and are the same in every run. */
export function numbersFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}
