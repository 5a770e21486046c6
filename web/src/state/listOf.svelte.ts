// A list that is read whole, and read again after each change: one change may change another's state.
import { problemOf } from '../api/problem';
import type { Problem } from '../api/types';

export class ListOf<T> {
  items = $state.raw<T[]>([]);
  problem = $state.raw<Problem | null>(null);
  busy = $state(false);
  #read: () => Promise<{ items: T[] }>;

  constructor(read: () => Promise<{ items: T[] }>) {
    this.#read = read;
  }

  async load() {
    await this.change(async () => {});
  }

  /** Does something and shows what stands afterwards; what it gave, or nothing where it failed. */
  async change<R>(act: () => Promise<R>): Promise<R | null> {
    this.busy = true;
    try {
      const given = await act();
      this.items = (await this.#read()).items;
      this.problem = null;
      return given;
    } catch (cause) {
      this.problem = problemOf(cause);
      return null;
    } finally {
      this.busy = false;
    }
  }
}
