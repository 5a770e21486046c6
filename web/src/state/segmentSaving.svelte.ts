// Saving a draft as a new revision, and looking at the old ones.
import { getSegmentView, putSegments, type AcceptedEdit } from '../api/segments';
import { problemOf } from '../api/problem';
import type { Problem, SegmentView } from '../api/types';
import { rowsOf } from '../editor/draft';
import type { LaneEditor } from './laneEditor.svelte';

const AUTHOR = 'voxtrace.author';

export class SegmentSaving {
  busy = $state(false);
  problem = $state.raw<Problem | null>(null);
  /** The old revision that is shown beside the draft. */
  compared = $state.raw<SegmentView | null>(null);

  constructor(
    private readonly recordingId: string,
    private readonly editor: LaneEditor,
    /** Hears of a revision that the page does not know of. */
    private readonly onLatest: (view: SegmentView) => void,
  ) {}

  /** Saves the draft; nothing comes back where it was refused, and `problem` says why. */
  async save(author: string, reason: string): Promise<AcceptedEdit | null> {
    const { editor } = this;
    this.busy = true;
    this.problem = null;
    remember(author);
    try {
      const segments = rowsOf(editor.history.present);
      const accepted = await putSegments(this.recordingId, editor.base.revision, {
        segments,
        author,
        reason,
      });
      editor.saved(accepted.view);
      return accepted;
    } catch (cause) {
      this.problem = problemOf(cause);
      if (this.problem.status === 412) await this.#meetNewer();
      return null;
    } finally {
      this.busy = false;
    }
  }

  /** Shows an old revision beside the draft; the same one again takes it away. */
  async compare(revision: number) {
    if (this.compared?.revision === revision) {
      this.compared = null;
      return;
    }
    this.compared = await this.#read(revision);
  }

  async restore(revision: number) {
    const old = await this.#read(revision);
    if (old) this.editor.restore(old);
  }

  async #read(revision: number): Promise<SegmentView | null> {
    if (this.compared?.revision === revision) return this.compared;
    try {
      const view = await getSegmentView(this.recordingId, revision);
      this.problem = null;
      return view;
    } catch (cause) {
      this.problem = problemOf(cause);
      return null;
    }
  }

  /** The note on the newer revision says what can be done; the refusal itself adds nothing. */
  async #meetNewer() {
    try {
      const latest = await getSegmentView(this.recordingId);
      this.editor.meet(latest);
      this.onLatest(latest);
      if (this.editor.newer) this.problem = null;
    } catch (cause) {
      this.problem = problemOf(cause);
    }
  }
}

/** Who saved last at this browser. */
export function rememberedAuthor(): string {
  try {
    return localStorage.getItem(AUTHOR) ?? '';
  } catch {
    return '';
  }
}

function remember(author: string) {
  try {
    localStorage.setItem(AUTHOR, author);
  } catch {
    // Storage may be forbidden; the name is then asked for each time.
  }
}
