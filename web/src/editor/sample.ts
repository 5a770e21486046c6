// Drafts for the tests of the editor.
import type { Segment, SegmentView } from '../api/types';
import { draftOf, type Draft } from './draft';

export const DURATION_MS = 10_000;

export function row(
  label: number | null,
  start_ms: number,
  end_ms: number,
  channel = 0,
): Segment {
  return { channel, start_ms, end_ms, label };
}

/** A revision whose voices have followed it; the first is the automatic one. */
export function revisionOf(
  revision: number,
  segments: Segment[],
  facts: Partial<SegmentView> = {},
): SegmentView {
  const origin = revision === 1 ? 'automatic' : 'edited';
  return {
    revision,
    origin,
    current: true,
    voices_revision: revision,
    segments,
    revisions: [{ revision, origin, created_at: '2026-11-24T10:00:00Z' }],
    ...facts,
  };
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
