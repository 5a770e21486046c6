// The archive as the first page shows it: the list, kept fresh by events, and the cases.
import { getRecording, listCases, listRecordings } from '../api/client';
import { listen, type ServerEvent } from '../api/events';
import { problemOf } from '../api/problem';
import type { Case, Problem, RecordingQuery, Upload } from '../api/types';
import { emptyList, reduce, type Action, type Filter } from './recordingList';

const PAGE_LIMIT = 50;
/** How long to wait for more changes before the first page is read again, in milliseconds. */
const SETTLE_MS = 400;

export class Archive {
  list = $state.raw(emptyList);
  cases = $state.raw<Case[]>([]);
  problem = $state.raw<Problem | null>(null);
  loading = $state(false);
  #settling: ReturnType<typeof setTimeout> | undefined;
  #recordingOfJob = new Map<string, string>();

  /** Loads, and follows the changes until the returned function is called. */
  follow(): () => void {
    void this.refresh();
    void this.refreshCases();
    const stop = listen({
      onEvent: (event) => this.#heard(event),
      onOpen: () => this.#refreshSoon(),
      onPoll: () => void this.refresh(),
    });
    return () => {
      stop();
      clearTimeout(this.#settling);
    };
  }

  async filterBy(filter: Filter) {
    this.#apply({ type: 'filtered', filter });
    await this.refresh();
  }

  async refresh() {
    await this.#load(null);
  }

  async more() {
    if (this.list.nextCursor !== null) await this.#load(this.list.nextCursor);
  }

  async refreshCases() {
    try {
      this.cases = (await listCases()).items;
    } catch {
      // The list of cases only suggests; without it a case number is typed.
    }
  }

  uploaded(upload: Upload) {
    if (upload.job_id) this.#recordingOfJob.set(upload.job_id, upload.recording.id);
    this.#apply({ type: 'changed', recording: upload.recording });
    const caseNo = upload.recording.case_no;
    if (caseNo && !this.cases.some((known) => known.case_no === caseNo)) void this.refreshCases();
  }

  async #load(cursor: string | null) {
    const filter = this.list.filter;
    this.loading = true;
    try {
      const page = await listRecordings(queryOf(filter, cursor));
      // The reader may have chosen another filter while this page was on its way.
      if (filter !== this.list.filter) return;
      this.#apply({ type: cursor === null ? 'first_page' : 'next_page', page });
      this.problem = null;
    } catch (cause) {
      this.problem = problemOf(cause);
    } finally {
      this.loading = false;
    }
  }

  #heard(event: ServerEvent) {
    switch (event.topic) {
      case 'recording':
        return this.#recordingChanged(event);
      case 'job': {
        const id = this.#recordingOfJob.get(event.id);
        if (id && event.progress !== undefined) {
          this.#apply({ type: 'progressed', id, progress: event.progress });
        }
        return;
      }
      case 'alert':
      case 'gallery':
      case 'link':
        return;
    }
  }

  #recordingChanged(event: ServerEvent) {
    const known = this.list.items.some((item) => item.id === event.id);
    if (!known) return this.#refreshSoon();
    if (event.state === 'pending' && event.progress !== undefined) {
      return this.#apply({ type: 'progressed', id: event.id, progress: event.progress });
    }
    void this.#reread(event.id);
  }

  async #reread(id: string) {
    try {
      this.#apply({ type: 'changed', recording: await getRecording(id) });
    } catch {
      this.#refreshSoon();
    }
  }

  /** Two hundred uploads make as many events; one reading answers them all. */
  #refreshSoon() {
    this.#settling ??= setTimeout(() => {
      this.#settling = undefined;
      void this.refresh();
    }, SETTLE_MS);
  }

  #apply(action: Action) {
    this.list = reduce(this.list, action);
  }
}

function queryOf(filter: Filter, cursor: string | null): RecordingQuery {
  const query: RecordingQuery = { limit: PAGE_LIMIT };
  if (filter.caseId !== null) query.case_id = filter.caseId;
  if (filter.state !== null) query.state = filter.state;
  if (cursor !== null) query.cursor = cursor;
  return query;
}
