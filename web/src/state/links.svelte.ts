// Links for people to decide, one page after the other.
import { decideLink, getLink, listLinks } from '../api/client';
import { listen } from '../api/events';
import { problemOf } from '../api/problem';
import type { Link, LinkDetail, LinkQuery, LinkShared, NewLinkDecision, Problem } from '../api/types';

const PAGE_LIMIT = 50;

/** Which links are shown: by state, or those that count no more. */
export type Shown = 'proposed' | 'confirmed' | 'rejected' | 'superseded';

/** A decision that was refused since it contradicts others. */
export interface Refused {
  id: string;
  body: NewLinkDecision;
}

export class Links {
  shown = $state<Shown>('proposed');
  items = $state.raw<Link[]>([]);
  nextCursor = $state.raw<string | null>(null);
  problem = $state.raw<Problem | null>(null);
  refused = $state.raw<Refused | null>(null);
  loading = $state(true);
  busy = $state(false);
  #stale = $state(false);

  /** Others proposed or decided links since the list was read. */
  get stale(): boolean {
    return this.#stale;
  }

  /** Loads, and hears of changes until the returned function is called. */
  follow(): () => void {
    void this.load();
    return listen({
      // A list that moved under the hand would have the wrong link decided, so it only says so.
      onEvent: (event) => {
        if (event.topic === 'link') this.#stale = true;
      },
      onOpen: () => {},
      onPoll: () => {},
    });
  }

  async show(shown: Shown) {
    this.shown = shown;
    await this.load();
  }

  async load() {
    await this.#read(null);
  }

  async more() {
    if (this.nextCursor !== null) await this.#read(this.nextCursor);
  }

  async decide(link: Link, body: NewLinkDecision): Promise<boolean> {
    this.busy = true;
    try {
      const decided = await decideLink(link.id, link.version, body);
      this.items = this.items.map((one) => (one.id === decided.id ? decided : one));
      this.problem = null;
      this.refused = null;
      return true;
    } catch (cause) {
      this.problem = problemOf(cause);
      const contradicts = this.problem.code === 'contradictory_decision';
      this.refused = contradicts ? { id: link.id, body } : null;
      return false;
    } finally {
      this.busy = false;
    }
  }

  /** Shows links that came from elsewhere, such as the open ones of a series. */
  hold(items: Link[]) {
    this.items = items;
    this.loading = false;
  }

  async #read(cursor: string | null) {
    const shown = this.shown;
    this.loading = true;
    try {
      const page = await listLinks(queryOf(shown, cursor));
      if (shown !== this.shown) return;
      this.items = cursor === null ? page.items : [...this.items, ...page.items];
      this.nextCursor = page.next_cursor ?? null;
      this.problem = null;
      this.refused = null;
      if (cursor === null) this.#stale = false;
    } catch (cause) {
      this.problem = problemOf(cause);
    } finally {
      this.loading = false;
    }
  }
}

/** The decisions about a link. */
export const historyOf = (id: string): Promise<LinkDetail> => getLink(id);

/** What both sides of a link have beside the voices, as the archive knows it now. */
export const sharedOf = async (id: string): Promise<LinkShared> => (await getLink(id)).shared_now;

function queryOf(shown: Shown, cursor: string | null): LinkQuery {
  const query: LinkQuery = { limit: PAGE_LIMIT };
  if (shown === 'superseded') query.superseded = true;
  else query.state = shown;
  if (cursor !== null) query.cursor = cursor;
  return query;
}
