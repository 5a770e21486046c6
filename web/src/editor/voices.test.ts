import { describe, expect, it } from 'vitest';
import { draftOf, laneOf, rowsOf, violations } from './draft';
import { DURATION_MS, row, twoPartyCall } from './sample';
import { addVoice, giveToNewVoice, mergeVoices, speechOf } from './voices';

describe('voices', () => {
  it('a_new_one_has_a_label_that_was_never_used', () => {
    const draft = twoPartyCall();
    const merged = mergeVoices(draft, 1, 0);
    if (merged.kind === 'refused') throw new Error(merged.refusal);
    const opened = addVoice(merged.draft, 1);
    expect(opened).toMatchObject({ draft: { nextLabel: 4 } });
    if (opened.kind === 'refused') throw new Error(opened.refusal);
    expect(opened.draft.voices).toContainEqual({ label: 3, channel: 1 });
    expect(rowsOf(opened.draft)).toEqual(rowsOf(merged.draft));
  });

  it('a_segment_can_be_given_to_a_new_one', () => {
    const draft = twoPartyCall();
    const id = laneOf(draft, 0, 1)[0]!.id;
    const given = giveToNewVoice(draft, id);
    if (given.kind === 'refused') throw new Error(given.refusal);
    expect(laneOf(given.draft, 0, 3).map((segment) => segment.id)).toEqual([id]);
    expect(violations(given.draft)).toEqual([]);
  });

  it('two_become_one_with_what_overlaps_joined', () => {
    const draft = draftOf(
      [row(0, 0, 1000), row(1, 500, 1500), row(0, 1400, 2000), row(1, 3000, 4000)],
      DURATION_MS,
      1,
    );
    const merged = mergeVoices(draft, 1, 0);
    if (merged.kind === 'refused') throw new Error(merged.refusal);
    expect(rowsOf(merged.draft)).toEqual([row(0, 0, 2000), row(0, 3000, 4000)]);
    expect(merged.draft.voices).toEqual([{ label: 0, channel: 0 }]);
    expect(violations(merged.draft)).toEqual([]);
  });

  it('of_different_channels_are_not_merged', () => {
    expect(mergeVoices(twoPartyCall(), 0, 2)).toMatchObject({ refusal: 'other_channel' });
    expect(mergeVoices(twoPartyCall(), 0, 0)).toMatchObject({ refusal: 'same_voice' });
    expect(mergeVoices(twoPartyCall(), 0, 9)).toMatchObject({ refusal: 'no_voice' });
  });

  it('have_the_net_time_of_their_segments', () => {
    expect(speechOf(twoPartyCall(), 0, 0)).toBe(3000);
    expect(speechOf(twoPartyCall(), 0, null)).toBe(300);
  });
});
