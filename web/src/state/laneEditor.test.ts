import { describe, expect, it } from 'vitest';
import { rowsOf } from '../editor/draft';
import { DURATION_MS, revisionOf, row } from '../editor/sample';
import { LaneEditor } from './laneEditor.svelte';

const first = revisionOf(1, [row(0, 0, 1000), row(1, 1000, 2000), row(0, 3000, 4000)]);
const second = revisionOf(2, [row(0, 0, 1500)]);

function opened() {
  return new LaneEditor(first, DURATION_MS, 1);
}

describe('the lane editor', () => {
  it('knows_what_is_not_saved', () => {
    const editor = opened();
    expect(editor.changed).toBe(false);
    editor.selectBy(1, 0);
    editor.label(1);
    expect(editor.changed).toBe(true);
    editor.undo();
    expect(editor.changed).toBe(false);
  });

  it('takes_back_a_row_of_nudges_at_once', () => {
    const editor = opened();
    editor.selectBy(1, 2500);
    for (let n = 0; n < 5; n += 1) editor.nudge(-10, 'along');
    expect(editor.selected?.end_ms).toBe(3950);
    editor.undo();
    expect(editor.selected?.end_ms).toBe(4000);
    expect(editor.canUndo).toBe(false);
  });

  it('says_why_an_edit_is_refused_until_the_next_one', () => {
    const editor = opened();
    editor.split(500);
    expect(editor.refusal).toBe('no_segment');
    editor.selectBy(1, 0);
    editor.split(2500);
    expect(editor.refusal).toBe('not_inside');
    editor.split(500);
    expect(editor.refusal).toBeNull();
  });

  it('shows_a_drag_and_makes_one_step_of_it', () => {
    const editor = opened();
    editor.selectBy(1, 0);
    const id = editor.selectedId!;
    editor.drag(id, 'end', 1200, 'along');
    editor.drag(id, 'end', 1400, 'along');
    expect(editor.selected?.end_ms).toBe(1400);
    expect(editor.canUndo).toBe(false);
    editor.drop();
    editor.undo();
    expect(editor.selected?.end_ms).toBe(1000);
  });

  it('asks_before_it_merges_voices', () => {
    const editor = opened();
    editor.selectBy(1, 0);
    editor.askMerge();
    expect(editor.merging).toEqual({ from: 0, into: 1 });
    expect(editor.changed).toBe(false);
    editor.mergeVoices(0, 1);
    expect(rowsOf(editor.draft).map((each) => each.label)).toEqual([1, 1, 1]);
  });
});

describe('a later revision', () => {
  it('is_taken_over_by_an_unchanged_draft', () => {
    const editor = opened();
    editor.meet(second);
    expect(rowsOf(editor.draft)).toEqual([row(0, 0, 1500)]);
    expect(editor.newer).toBeNull();
  });

  it('waits_for_a_decision_beside_a_changed_draft', () => {
    const editor = opened();
    editor.selectBy(1, 0);
    editor.remove();
    const mine = rowsOf(editor.draft);
    editor.meet(second);
    expect(editor.newer).toBe(second);
    expect(rowsOf(editor.draft)).toEqual(mine);
    editor.rebase();
    expect(editor.base.revision).toBe(2);
    expect(rowsOf(editor.draft)).toEqual(mine);
    expect(editor.changed).toBe(true);
  });

  it('replaces_a_draft_that_is_discarded', () => {
    const editor = opened();
    editor.selectBy(1, 0);
    editor.remove();
    editor.meet(second);
    editor.discard();
    expect(rowsOf(editor.draft)).toEqual([row(0, 0, 1500)]);
    expect(editor.changed).toBe(false);
  });
});

describe('an old revision', () => {
  it('is_restored_as_a_draft_that_can_be_undone', () => {
    const editor = new LaneEditor(second, DURATION_MS, 1);
    editor.restore(first);
    expect(rowsOf(editor.draft)).toEqual(first.segments);
    expect(editor.changed).toBe(true);
    editor.undo();
    expect(editor.changed).toBe(false);
  });

  it('that_was_saved_is_the_base_of_what_follows', () => {
    const editor = opened();
    editor.selectBy(1, 0);
    editor.remove();
    editor.saved(revisionOf(2, rowsOf(editor.draft)));
    expect(editor.changed).toBe(false);
    editor.undo();
    expect(editor.changed).toBe(true);
    expect(editor.base.revision).toBe(2);
  });
});
