// The populations of the archive, page by page.
import { createPopulation, createPopulationVersion, listPopulations } from '../api/client';
import { problemOf } from '../api/problem';
import type { NewPopulation, NewPopulationVersion, Population, Problem } from '../api/types';

/** Populations read at a time: the most that the server gives. */
const PAGE = 200;

export class Populations {
  items = $state.raw<Population[]>([]);
  nextCursor = $state<string | null>(null);
  problem = $state.raw<Problem | null>(null);
  loading = $state(false);

  async load() {
    await this.#page(null);
  }

  async more() {
    if (this.nextCursor !== null) await this.#page(this.nextCursor);
  }

  /** Makes one; throws the problem for the form to show. */
  async add(body: NewPopulation): Promise<Population> {
    const population = await createPopulation(body);
    this.items = [population, ...this.items];
    return population;
  }

  /** Makes a new version of one; throws the problem for the form to show. */
  async addVersion(id: string, body: NewPopulationVersion): Promise<Population> {
    const population = await createPopulationVersion(id, body);
    this.items = this.items.map((one) => (one.id === id ? population : one));
    return population;
  }

  async #page(cursor: string | null) {
    this.loading = true;
    try {
      const page = await listPopulations({ limit: PAGE, ...(cursor === null ? {} : { cursor }) });
      this.items = cursor === null ? page.items : [...this.items, ...page.items];
      this.nextCursor = page.next_cursor ?? null;
      this.problem = null;
    } catch (cause) {
      this.problem = problemOf(cause);
    } finally {
      this.loading = false;
    }
  }
}
