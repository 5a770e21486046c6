import { describe, expect, it } from 'vitest';
import { revisionOf } from '../editor/sample';
import { isRecomputing } from './segments';

describe('a revision', () => {
  it('is_recomputed_while_the_voices_are_of_an_older_one', () => {
    const second = (voices_revision: number | null) => revisionOf(2, [], { voices_revision });
    expect(isRecomputing(second(1))).toBe(true);
    expect(isRecomputing(second(2))).toBe(false);
    expect(isRecomputing(second(null))).toBe(false);
  });
});
