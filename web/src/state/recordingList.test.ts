import { describe, expect, it } from 'vitest';
import type { Recording } from '../api/types';
import { emptyList, reduce, type RecordingList } from './recordingList';

function recording(n: number, fields: Partial<Recording> = {}): Recording {
  return {
    id: `id-${n}`,
    filename: `${n}.wav`,
    sha256: '0'.repeat(64),
    size_bytes: 1,
    state: 'pending',
    call: {},
    created_at: `2026-11-24T10:00:${String(n).padStart(2, '0')}Z`,
    ...fields,
  };
}

function listOf(numbers: number[], nextCursor: string | null = null): RecordingList {
  const page = { items: numbers.map((n) => recording(n)), next_cursor: nextCursor };
  return reduce(emptyList, { type: 'first_page', page });
}

const ids = (list: RecordingList) => list.items.map((item) => item.id);

describe('the list of recordings', () => {
  it('appends_a_page_without_doubles', () => {
    const page = { items: [recording(3), recording(2)], next_cursor: null };
    const list = reduce(listOf([5, 4, 3], 'c'), { type: 'next_page', page });
    expect(ids(list)).toEqual(['id-5', 'id-4', 'id-3', 'id-2']);
    expect(list.nextCursor).toBeNull();
  });

  it('keeps_opened_pages_when_the_first_is_read_again', () => {
    const older = { items: [recording(2), recording(1)], next_cursor: 'c2' };
    const opened = reduce(listOf([4, 3], 'c1'), { type: 'next_page', page: older });
    const fresh = { items: [recording(5), recording(4)], next_cursor: 'c0' };
    const list = reduce(opened, { type: 'first_page', page: fresh });
    expect(ids(list)).toEqual(['id-5', 'id-4', 'id-3', 'id-2', 'id-1']);
    expect(list.nextCursor).toBe('c2');
  });

  it('puts_a_new_recording_first', () => {
    const list = reduce(listOf([2, 1]), { type: 'changed', recording: recording(3) });
    expect(ids(list)).toEqual(['id-3', 'id-2', 'id-1']);
  });

  it('drops_a_recording_that_no_longer_fits_the_filter', () => {
    const filter = { caseId: null, state: 'pending' as const };
    const filtered = { ...listOf([2, 1]), filter };
    const analysed = recording(2, { state: 'analysed' });
    expect(ids(reduce(filtered, { type: 'changed', recording: analysed }))).toEqual(['id-1']);
  });

  it('does_not_show_what_belongs_to_a_later_page', () => {
    const list = reduce(listOf([5, 4], 'c'), { type: 'changed', recording: recording(1) });
    expect(ids(list)).toEqual(['id-5', 'id-4']);
  });

  it('forgets_the_progress_of_a_finished_analysis', () => {
    const running = reduce(listOf([1]), { type: 'progressed', id: 'id-1', progress: 0.5 });
    expect(running.progress).toEqual({ 'id-1': 0.5 });
    const done = recording(1, { state: 'analysed' });
    expect(reduce(running, { type: 'changed', recording: done }).progress).toEqual({});
  });

  it('starts_anew_under_another_filter', () => {
    const filter = { caseId: 'case', state: null };
    const list = reduce(listOf([2, 1], 'c'), { type: 'filtered', filter });
    expect(list).toEqual({ ...emptyList, filter });
  });
});
