// The uploads of this visit: queued, sent a few at a time, each with its result.
import { problemOf } from '../api/problem';
import type { Problem, Upload } from '../api/types';
import { uploadFile, type UploadTask } from '../api/upload';

/** How many files are sent at a time. */
const PARALLEL = 3;

export type UploadState = 'queued' | 'sending' | 'stored' | 'already_there' | 'refused';

export interface UploadItem {
  readonly key: number;
  readonly file: File;
  readonly caseNo: string | null;
  state: UploadState;
  /** Fraction sent, 0 to 1. */
  sent: number;
  result: Upload | null;
  problem: Problem | null;
}

class UploadQueue {
  items = $state<UploadItem[]>([]);
  #tasks = new Map<number, UploadTask>();
  #nextKey = 0;

  #listeners = new Set<(upload: Upload) => void>();

  /** Hears of every stored file until the returned function is called. */
  subscribe(listener: (upload: Upload) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  get counts(): Record<UploadState, number> {
    const counts = { queued: 0, sending: 0, stored: 0, already_there: 0, refused: 0 };
    for (const item of this.items) counts[item.state] += 1;
    return counts;
  }

  get busy(): boolean {
    return this.items.some((item) => item.state === 'queued' || item.state === 'sending');
  }

  add(files: File[], caseNo: string | null) {
    const added = files.map(
      (file): UploadItem => ({
        key: this.#nextKey++,
        file,
        caseNo,
        state: 'queued',
        sent: 0,
        result: null,
        problem: null,
      }),
    );
    this.items.push(...added);
    this.#fill();
  }

  retry(key: number) {
    const item = this.#item(key);
    if (!item || item.state !== 'refused') return;
    item.state = 'queued';
    item.problem = null;
    item.sent = 0;
    this.#fill();
  }

  cancel(key: number) {
    const item = this.#item(key);
    if (item?.state === 'queued') this.items = this.items.filter((other) => other.key !== key);
    else this.#tasks.get(key)?.abort();
  }

  clearFinished() {
    this.items = this.items.filter((item) => item.state === 'queued' || item.state === 'sending');
  }

  #item(key: number): UploadItem | undefined {
    return this.items.find((item) => item.key === key);
  }

  #fill() {
    while (this.#tasks.size < PARALLEL) {
      const next = this.items.find((item) => item.state === 'queued');
      if (!next) return;
      void this.#send(next);
    }
  }

  async #send(item: UploadItem) {
    item.state = 'sending';
    const task = uploadFile(item.file, item.caseNo, (fraction) => (item.sent = fraction));
    this.#tasks.set(item.key, task);
    try {
      item.result = await task.done;
      item.sent = 1;
      item.state = item.result.already_there ? 'already_there' : 'stored';
      for (const listener of this.#listeners) listener(item.result);
    } catch (cause) {
      item.problem = problemOf(cause);
      item.state = 'refused';
    } finally {
      this.#tasks.delete(item.key);
      this.#fill();
    }
  }
}

/** One queue a visit: uploads go on while the reader looks at other pages. */
export const uploads = new UploadQueue();
export type { UploadQueue };
