import { describe, expect, it } from 'vitest';
import { isRecomputing, viewOf } from './segments';

const segment = { channel: 0, start_ms: 0, end_ms: 10 };

describe('a revision', () => {
  it('of_a_service_without_revisions_is_the_automatic_one', () => {
    const view = viewOf({ revision: 1, segments: [segment] });
    expect(view).toMatchObject({ origin: 'automatic', current: true, voices_revision: 1 });
    expect(view.segments).toEqual([{ ...segment, label: null }]);
    expect(view.revisions.map((each) => each.revision)).toEqual([1]);
    expect(isRecomputing(view)).toBe(false);
  });

  it('is_recomputed_while_the_voices_are_of_an_older_one', () => {
    expect(isRecomputing(viewOf({ revision: 2, voices_revision: 1 }))).toBe(true);
    expect(isRecomputing(viewOf({ revision: 2, voices_revision: 2 }))).toBe(false);
    expect(isRecomputing(viewOf({ revision: 2, voices_revision: null }))).toBe(false);
  });
});
