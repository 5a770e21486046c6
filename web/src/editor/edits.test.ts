import { describe, expect, it } from 'vitest';
import { draftOf, rowsOf, violations, type Draft } from './draft';
import {
  addSegment,
  mergeWithNext,
  moveBoundary,
  relabel,
  remove,
  split,
  type Outcome,
} from './edits';
import { DURATION_MS, row, twoPartyCall } from './sample';

/** The segments as `label:start-end`, `x` for overlap, on the first channel. */
function lanes(draft: Draft): string {
  return rowsOf(draft)
    .filter((each) => each.channel === 0)
    .map((each) => `${each.label ?? 'x'}:${each.start_ms}-${each.end_ms}`)
    .join(' ');
}

function idAt(draft: Draft, start_ms: number, label: number | null): number {
  const found = draft.segments.find(
    (segment) => segment.start_ms === start_ms && segment.label === label,
  );
  if (!found) throw new Error(`no segment at ${start_ms}`);
  return found.id;
}

function made(outcome: Outcome): Draft {
  if (outcome.kind === 'refused') throw new Error(outcome.refusal);
  expect(violations(outcome.draft)).toEqual([]);
  return outcome.draft;
}

describe('a draft', () => {
  it('cuts_off_what_lies_beyond_the_recording', () => {
    const draft = draftOf([row(0, 9000, 12_000), row(1, 11_000, 12_000)], DURATION_MS, 1);
    expect(lanes(draft)).toBe('0:9000-10000');
  });

  it('joins_segments_of_one_voice_that_overlap', () => {
    const draft = draftOf([row(0, 0, 500), row(0, 600, 900), row(0, 400, 700)], DURATION_MS, 1);
    expect(lanes(draft)).toBe('0:0-900');
    expect(violations(draft)).toEqual([]);
  });
});

describe('moving a boundary', () => {
  it('moves_the_boundary_that_touches_it_along', () => {
    const draft = twoPartyCall();
    const moved = made(moveBoundary(draft, idAt(draft, 0, 0), 'end', 1200, 'along'));
    expect(lanes(moved)).toMatch(/^0:0-1200 1:1200-2000 /);
  });

  it('leaves_the_boundary_that_touches_it_when_asked', () => {
    const draft = twoPartyCall();
    const moved = made(moveBoundary(draft, idAt(draft, 0, 0), 'end', 800, 'stays'));
    expect(lanes(moved)).toMatch(/^0:0-800 1:1000-2000 /);
  });

  it('stops_at_the_next_segment_of_the_voice', () => {
    const draft = twoPartyCall();
    const moved = made(moveBoundary(draft, idAt(draft, 0, 0), 'end', 9000, 'stays'));
    expect(lanes(moved)).toMatch(/^0:0-2500 .*0:2500-3500/);
  });

  it('never_turns_a_segment_around', () => {
    const draft = twoPartyCall();
    const moved = made(moveBoundary(draft, idAt(draft, 4000, 1), 'start', 9999, 'stays'));
    expect(lanes(moved)).toContain('1:5990-6000');
  });

  it('never_swallows_the_segment_that_moves_along', () => {
    const draft = twoPartyCall();
    const moved = made(moveBoundary(draft, idAt(draft, 0, 0), 'end', 5000, 'along'));
    expect(lanes(moved)).toMatch(/^0:0-1990 1:1990-2000 /);
  });

  it('stops_at_the_ends_of_the_recording', () => {
    const draft = twoPartyCall();
    const late = made(moveBoundary(draft, idAt(draft, 6000, 0), 'end', 99_999, 'along'));
    expect(lanes(late)).toContain('0:6000-10000');
    expect(moveBoundary(draft, idAt(draft, 0, 0), 'start', -50, 'along')).toEqual({
      kind: 'refused',
      refusal: 'no_room',
    });
  });

  it('is_in_whole_milliseconds', () => {
    const draft = twoPartyCall();
    const moved = made(moveBoundary(draft, idAt(draft, 2500, 0), 'start', 2400.6, 'along'));
    expect(lanes(moved)).toContain('0:2401-3500');
  });
});

describe('relabelling', () => {
  it('gives_a_segment_to_another_voice', () => {
    const draft = twoPartyCall();
    expect(lanes(made(relabel(draft, idAt(draft, 2500, 0), 1)))).toContain('1:2500-3500');
  });

  it('joins_what_then_overlaps', () => {
    const draft = draftOf([row(0, 0, 1000), row(1, 500, 2000)], DURATION_MS, 1);
    expect(lanes(made(relabel(draft, idAt(draft, 500, 1), 0)))).toBe('0:0-2000');
  });

  it('refuses_a_voice_of_another_channel', () => {
    const draft = twoPartyCall();
    expect(relabel(draft, idAt(draft, 0, 0), 2)).toMatchObject({ refusal: 'other_channel' });
    expect(relabel(draft, idAt(draft, 0, 0), 7)).toMatchObject({ refusal: 'no_voice' });
    expect(relabel(draft, idAt(draft, 0, 0), 0)).toMatchObject({ refusal: 'same_voice' });
  });

  it('as_overlap_takes_the_time_from_the_other_voices', () => {
    const draft = draftOf([row(0, 0, 3000), row(1, 1000, 2000)], DURATION_MS, 1);
    const marked = made(relabel(draft, idAt(draft, 1000, 1), null));
    expect(lanes(marked)).toBe('0:0-1000 x:1000-2000 0:2000-3000');
  });
});

describe('splitting', () => {
  it('makes_two_segments_that_touch_and_selects_the_later', () => {
    const draft = twoPartyCall();
    const outcome = split(draft, idAt(draft, 4000, 1), 5000);
    const halves = made(outcome);
    expect(lanes(halves)).toContain('1:4000-5000 1:5000-6000');
    expect(outcome).toMatchObject({ selected: idAt(halves, 5000, 1) });
  });

  it('needs_a_time_inside', () => {
    const draft = twoPartyCall();
    for (const at of [4000, 4005, 5995, 6000, 100]) {
      expect(split(draft, idAt(draft, 4000, 1), at)).toMatchObject({ refusal: 'not_inside' });
    }
  });

  it('is_undone_by_merging', () => {
    const draft = twoPartyCall();
    const halves = made(split(draft, idAt(draft, 4000, 1), 5000));
    const merged = made(mergeWithNext(halves, idAt(halves, 4000, 1)));
    expect(lanes(merged)).toBe(lanes(draft));
  });
});

describe('merging with the next', () => {
  it('takes_the_pause_between_along', () => {
    const draft = twoPartyCall();
    const merged = made(mergeWithNext(draft, idAt(draft, 2500, 0)));
    expect(lanes(merged)).toContain('0:2500-7000');
  });

  it('needs_a_next_one', () => {
    const draft = twoPartyCall();
    expect(mergeWithNext(draft, idAt(draft, 6000, 0))).toMatchObject({
      refusal: 'nothing_to_merge',
    });
  });
});

describe('removing', () => {
  it('selects_the_segment_after_it_on_its_channel', () => {
    const draft = twoPartyCall();
    const outcome = remove(draft, idAt(draft, 1000, 1));
    expect(outcome).toMatchObject({ selected: idAt(draft, 2500, 0) });
    expect(lanes(made(outcome))).not.toContain('1:1000-2000');
  });

  it('of_the_last_segment_leaves_none', () => {
    const draft = draftOf([row(0, 0, 100)], DURATION_MS, 1);
    expect(remove(draft, 0)).toMatchObject({ selected: null, draft: { segments: [] } });
  });
});

describe('adding', () => {
  it('fills_no_more_than_the_empty_part_of_the_lane', () => {
    const draft = twoPartyCall();
    const added = made(addSegment(draft, 0, 0, 1500, 9000));
    expect(lanes(added)).toContain('0:1500-2500 0:2500-3500');
  });

  it('goes_backwards_too', () => {
    const draft = twoPartyCall();
    expect(lanes(made(addSegment(draft, 0, 1, 3000, 500)))).toContain('1:2000-3000');
  });

  it('is_refused_where_the_lane_is_taken_or_the_voice_is_elsewhere', () => {
    const draft = twoPartyCall();
    expect(addSegment(draft, 0, 0, 500, 2000)).toMatchObject({ refusal: 'no_room' });
    expect(addSegment(draft, 0, 0, 1500, 1503)).toMatchObject({ refusal: 'no_room' });
    expect(addSegment(draft, 0, 2, 100, 400)).toMatchObject({ refusal: 'other_channel' });
    expect(addSegment(draft, 5, null, 100, 400)).toMatchObject({ refusal: 'other_channel' });
  });

  it('of_overlap_splits_the_voice_beneath', () => {
    const draft = twoPartyCall();
    const added = made(addSegment(draft, 0, null, 4500, 5000));
    expect(lanes(added)).toContain('1:4000-4500 x:4500-5000 1:5000-6000');
    expect(rowsOf(added).filter((each) => each.channel === 1)).toEqual([row(2, 500, 5000, 1)]);
  });
});
