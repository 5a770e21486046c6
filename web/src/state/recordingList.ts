// The list of recordings as a pure reducer: pages come in, events come in, a list comes out.
import type { Recording, RecordingPage, RecordingState } from '../api/types';

export interface Filter {
  caseId: string | null;
  state: RecordingState | null;
}

export interface RecordingList {
  filter: Filter;
  items: Recording[];
  nextCursor: string | null;
  /** Progress of pending analyses, 0 to 1, by recording. */
  progress: Record<string, number>;
}

export type Action =
  | { type: 'filtered'; filter: Filter }
  | { type: 'first_page'; page: RecordingPage }
  | { type: 'next_page'; page: RecordingPage }
  | { type: 'changed'; recording: Recording }
  | { type: 'progressed'; id: string; progress: number };

export const emptyList: RecordingList = {
  filter: { caseId: null, state: null },
  items: [],
  nextCursor: null,
  progress: {},
};

export function reduce(list: RecordingList, action: Action): RecordingList {
  switch (action.type) {
    case 'filtered':
      return { ...emptyList, filter: action.filter };
    case 'first_page':
      return withFirstPage(list, action.page);
    case 'next_page':
      return {
        ...list,
        items: merge(list.items, action.page.items),
        nextCursor: action.page.next_cursor ?? null,
      };
    case 'changed':
      return withRecording(list, action.recording);
    case 'progressed':
      return { ...list, progress: { ...list.progress, [action.id]: action.progress } };
  }
}

/** Whether a recording belongs into the list. */
export function matches(filter: Filter, recording: Recording): boolean {
  const rightCase = filter.caseId === null || recording.case_id === filter.caseId;
  const rightState = filter.state === null || recording.state === filter.state;
  return rightCase && rightState;
}

/** A refresh of the first page keeps the older pages that the reader has opened. */
function withFirstPage(list: RecordingList, page: RecordingPage): RecordingList {
  const oldest = page.items.at(-1);
  const next = page.next_cursor ?? null;
  if (next === null || !oldest) return { ...list, items: page.items, nextCursor: null };
  const older = list.items.filter((item) => isOlder(item, oldest));
  return {
    ...list,
    items: [...page.items, ...older],
    nextCursor: older.length > 0 ? list.nextCursor : next,
  };
}

function withRecording(list: RecordingList, recording: Recording): RecordingList {
  const others = list.items.filter((item) => item.id !== recording.id);
  const known = others.length < list.items.length;
  const progress = { ...list.progress };
  if (recording.state !== 'pending') delete progress[recording.id];
  if (!matches(list.filter, recording)) return { ...list, items: others, progress };
  const last = list.items.at(-1);
  // What lies beyond the pages loaded so far will come with its page.
  if (!known && list.nextCursor !== null && last && isOlder(recording, last)) {
    return { ...list, progress };
  }
  return { ...list, items: merge(others, [recording]), progress };
}

function merge(left: Recording[], right: Recording[]): Recording[] {
  const byId = new Map([...left, ...right].map((item) => [item.id, item]));
  return [...byId.values()].sort((a, b) => (isOlder(a, b) ? 1 : -1));
}

function isOlder(left: Recording, right: Recording): boolean {
  const difference = Date.parse(left.created_at) - Date.parse(right.created_at);
  return difference === 0 ? left.id < right.id : difference < 0;
}
