// The calibrations of the archive, and the one that answers are made with.
import {
  activateCalibration,
  createCalibration,
  listCalibrations,
  retireCalibration,
} from '../api/client';
import { problemOf } from '../api/problem';
import type { CalibrationInUse, Problem, StoredCalibration } from '../api/types';

export class Calibrations {
  items = $state.raw<StoredCalibration[]>([]);
  inUse = $state.raw<CalibrationInUse | null>(null);
  problem = $state.raw<Problem | null>(null);
  busy = $state(false);

  async load() {
    await this.#do(async () => {});
  }

  async add(file: string) {
    await this.#do(() => createCalibration({ file }));
  }

  async activate(id: string, reason: string) {
    await this.#do(() => activateCalibration(id, reason.trim() === '' ? {} : { reason }));
  }

  async retire(id: string, reason: string) {
    await this.#do(() => retireCalibration(id, { reason }));
  }

  /** Does something, and shows what stands afterwards: one change may change another's state. */
  async #do(change: () => Promise<unknown>) {
    this.busy = true;
    try {
      await change();
      const list = await listCalibrations();
      this.items = list.items;
      this.inUse = list.in_use;
      this.problem = null;
    } catch (cause) {
      this.problem = problemOf(cause);
    } finally {
      this.busy = false;
    }
  }
}
