// One recording with everything that its page shows, read again when it changes.
import { getPeaks, getRecording, listVoices } from '../api/client';
import { listen, type ServerEvent } from '../api/events';
import { problemOf } from '../api/problem';
import { getSegmentView, isRecomputing, type AcceptedEdit } from '../api/segments';
import type { Peaks, Problem, RecordingDetail, SegmentView, Voice } from '../api/types';

/** Points of a waveform: more than the widest page has columns in its drawing area. */
const PEAK_POINTS = 1200;
/** How often to ask whether the voices have been recomputed, in milliseconds. */
const RECOMPUTED_MS = 2000;

/** What becomes of the voices after an edit of the segments. */
export type Recomputing = 'no' | 'running' | 'done' | 'given_up';

export class RecordingView {
  recording = $state.raw<RecordingDetail | null>(null);
  voices = $state.raw<Voice[]>([]);
  segments = $state.raw<SegmentView | null>(null);
  /** By channel; nothing where there is no waveform. */
  peaks = $state.raw<(Peaks | null)[]>([]);
  problem = $state.raw<Problem | null>(null);
  #jobId: string | null = null;
  #jobGivenUp = $state(false);
  /** The revision that was saved here and that the voices are to follow. */
  #awaited = $state<number | null>(null);
  #followed = false;
  #asking: ReturnType<typeof setTimeout> | undefined;

  readonly recomputing = $derived.by<Recomputing>(() => {
    if (!this.segments) return 'no';
    if (!isRecomputing(this.segments)) {
      const awaited = this.#awaited;
      return awaited !== null && this.segments.voices_revision === awaited ? 'done' : 'no';
    }
    return this.#jobGivenUp ? 'given_up' : 'running';
  });

  constructor(private readonly id: string) {}

  /** Loads, and follows the changes until the returned function is called. */
  follow(): () => void {
    this.#followed = true;
    void this.refresh();
    let opened = false;
    const stop = listen({
      onEvent: (event) => this.#heard(event),
      onOpen: () => {
        if (opened) void this.refresh();
        opened = true;
      },
      onPoll: () => {
        if (this.recording?.state === 'pending') void this.refresh();
      },
    });
    return () => {
      this.#followed = false;
      clearTimeout(this.#asking);
      stop();
    };
  }

  async refresh() {
    try {
      const recording = await getRecording(this.id);
      this.recording = recording;
      this.problem = null;
      if (recording.state !== 'pending') await this.#loadAnalysis(recording);
    } catch (cause) {
      this.problem = problemOf(cause);
    }
  }

  /** Takes the revision that was just saved, and waits for the voices to follow it. */
  edited({ view, jobId }: AcceptedEdit) {
    this.#jobId = jobId;
    this.#awaited = view.revision;
    this.#jobGivenUp = false;
    this.#takeSegments(view);
    if (!isRecomputing(view)) void this.refresh();
  }

  /** Takes a revision that was come across, such as one by someone else. */
  found(view: SegmentView) {
    this.#takeSegments(view);
  }

  #heard(event: ServerEvent) {
    switch (event.topic) {
      case 'recording':
        if (event.id === this.id) void this.refresh();
        return;
      case 'job':
        if (event.id !== this.#jobId) return;
        if (event.state === 'dead' || event.state === 'cancelled') this.#jobGivenUp = true;
        else if (event.state === 'done') void this.refresh();
        return;
      case 'gallery':
        return;
    }
  }

  /** A failed recording may have none of these; each is shown without the others. */
  async #loadAnalysis(recording: RecordingDetail) {
    const channels = recording.media?.channels ?? 0;
    const [voices, segments, peaks] = await Promise.all([
      listVoices(this.id).catch(() => null),
      getSegmentView(this.id).catch(() => null),
      // An edit changes who speaks, not what is heard.
      this.peaks.length === channels && !this.peaks.includes(null)
        ? this.peaks
        : Promise.all(
            Array.from({ length: channels }, (_, channel) =>
              getPeaks(this.id, channel, PEAK_POINTS).catch(() => null),
            ),
          ),
    ]);
    this.voices = voices?.items ?? [];
    this.peaks = peaks;
    if (segments) this.#takeSegments(segments);
  }

  #takeSegments(segments: SegmentView) {
    // An answer may have been overtaken by an edit.
    if (this.segments && segments.revision < this.segments.revision) return;
    this.segments = segments;
    clearTimeout(this.#asking);
    if (!this.#followed || !isRecomputing(segments)) return;
    this.#asking = setTimeout(() => void this.#askWhetherRecomputed(), RECOMPUTED_MS);
  }

  async #askWhetherRecomputed() {
    const segments = await getSegmentView(this.id).catch(() => this.segments);
    if (!segments || !this.#followed) return;
    if (isRecomputing(segments)) this.#takeSegments(segments);
    else await this.refresh();
  }
}
