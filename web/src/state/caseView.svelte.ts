// One case: its entities, events, graph and what it shares, read again after each change.
import {
  getCase,
  getCaseGraph,
  getShared,
  listCaseEntities,
  listCaseEvents,
} from '../api/client';
import { problemOf } from '../api/problem';
import type { Case, CaseEntity, CaseEvent, CaseGraph, Problem, Shared } from '../api/types';

export class CaseView {
  one = $state.raw<Case | null>(null);
  entities = $state.raw<CaseEntity[]>([]);
  moreEntities = $state<string | null>(null);
  events = $state.raw<CaseEvent[]>([]);
  moreEvents = $state<string | null>(null);
  graph = $state.raw<CaseGraph | null>(null);
  shared = $state.raw<Shared | null>(null);
  problem = $state.raw<Problem | null>(null);

  constructor(readonly id: string) {}

  async load() {
    await this.#do(async () => {
      const [one, entities, events, graph, shared] = await Promise.all([
        getCase(this.id),
        listCaseEntities(this.id),
        listCaseEvents(this.id),
        getCaseGraph(this.id),
        getShared(this.id),
      ]);
      this.one = one;
      this.entities = entities.items;
      this.moreEntities = entities.next_cursor ?? null;
      this.events = events.items;
      this.moreEvents = events.next_cursor ?? null;
      this.graph = graph;
      this.shared = shared;
    });
  }

  async readMoreEntities() {
    const cursor = this.moreEntities;
    if (cursor === null) return;
    await this.#do(async () => {
      const page = await listCaseEntities(this.id, cursor);
      this.entities = [...this.entities, ...page.items];
      this.moreEntities = page.next_cursor ?? null;
    });
  }

  async readMoreEvents() {
    const cursor = this.moreEvents;
    if (cursor === null) return;
    await this.#do(async () => {
      const page = await listCaseEvents(this.id, cursor);
      this.events = [...this.events, ...page.items];
      this.moreEvents = page.next_cursor ?? null;
    });
  }

  async #do(read: () => Promise<void>) {
    try {
      await read();
      this.problem = null;
    } catch (cause) {
      this.problem = problemOf(cause);
    }
  }
}
