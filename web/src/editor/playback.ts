// Where a player that hears only some stretches of a recording goes next.

export interface Stretch {
  readonly start_ms: number;
  readonly end_ms: number;
}

export type Guidance = { go: 'on' } | { go: 'to'; ms: number } | { go: 'stop' };

/** Players land near the time asked for, not on it; in milliseconds. */
const LANDING_MS = 30;

/** Repeats one stretch. */
export function looping(stretch: Stretch, atMs: number): Guidance {
  const inside = atMs >= stretch.start_ms - LANDING_MS && atMs < stretch.end_ms;
  return inside ? { go: 'on' } : { go: 'to', ms: stretch.start_ms };
}

/** Plays the stretches, which are by start, and skips what is between them. */
export function skipping(stretches: readonly Stretch[], atMs: number): Guidance {
  const next = stretches.find((stretch) => stretch.end_ms > atMs);
  if (!next) return { go: 'stop' };
  return atMs >= next.start_ms - LANDING_MS ? { go: 'on' } : { go: 'to', ms: next.start_ms };
}
