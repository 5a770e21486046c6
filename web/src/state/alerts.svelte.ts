// Alerts as their page shows them: open ones first, kept fresh by events.
import { listen } from '../api/events';
import { problemOf } from '../api/problem';
import type { Alert, AlertCounts, AlertDetail, AlertState, NewDisposition, Problem } from '../api/types';
import { acknowledgeAlert, disposeAlert, getAlert, listAlerts } from '../api/watching';

/** How long to wait for more changes before the list is read again, in milliseconds. */
const SETTLE_MS = 300;
const AUTHOR = 'voxtrace.author';

export class Alerts {
  items = $state.raw<Alert[]>([]);
  counts = $state.raw<AlertCounts | null>(null);
  nextCursor = $state<string | null>(null);
  state = $state<AlertState>('open');
  detail = $state.raw<AlertDetail | null>(null);
  problem = $state.raw<Problem | null>(null);
  loading = $state(false);
  busy = $state(false);
  #settling: ReturnType<typeof setTimeout> | undefined;

  /** Loads, and follows the changes until the returned function is called. */
  follow(): () => void {
    void this.load();
    const stop = listen({
      onEvent: (event) => {
        if (event.topic === 'alert') this.#loadSoon();
      },
      onOpen: () => this.#loadSoon(),
      onPoll: () => void this.load(),
    });
    return () => {
      stop();
      clearTimeout(this.#settling);
    };
  }

  async show(state: AlertState) {
    this.state = state;
    await this.load();
  }

  async load() {
    await this.#page(null);
    if (this.detail) await this.open(this.detail.id);
  }

  async more() {
    if (this.nextCursor !== null) await this.#page(this.nextCursor);
  }

  async open(id: string | null) {
    if (id === null) {
      this.detail = null;
      return;
    }
    try {
      this.detail = await getAlert(id);
    } catch (cause) {
      this.problem = problemOf(cause);
    }
  }

  async acknowledge(id: string, author: string) {
    await this.#change(author, () => acknowledgeAlert(id, author));
  }

  async dispose(id: string, decision: NewDisposition) {
    await this.#change(decision.author, () => disposeAlert(id, decision));
  }

  async #change(author: string, change: () => Promise<unknown>) {
    this.busy = true;
    try {
      await change();
      keepAuthor(author);
      this.problem = null;
      await this.load();
    } catch (cause) {
      this.problem = problemOf(cause);
    } finally {
      this.busy = false;
    }
  }

  async #page(cursor: string | null) {
    const state = this.state;
    this.loading = true;
    try {
      const page = await listAlerts(cursor === null ? { state } : { state, cursor });
      // The reader may have chosen other alerts while this page was on its way.
      if (state !== this.state) return;
      this.items = cursor === null ? page.items : [...this.items, ...page.items];
      this.nextCursor = page.next_cursor ?? null;
      this.counts = page.counts;
    } catch (cause) {
      this.problem = problemOf(cause);
    } finally {
      this.loading = false;
    }
  }

  /** A batch of uploads makes as many alerts; one reading answers them all. */
  #loadSoon() {
    this.#settling ??= setTimeout(() => {
      this.#settling = undefined;
      void this.load();
    }, SETTLE_MS);
  }
}

/** Who decided last on this machine, so that the name is typed once. */
export function lastAuthor(): string {
  try {
    return localStorage.getItem(AUTHOR) ?? '';
  } catch {
    return '';
  }
}

function keepAuthor(author: string) {
  try {
    localStorage.setItem(AUTHOR, author);
  } catch {
    // Storage may be forbidden; the name is then typed again.
  }
}
