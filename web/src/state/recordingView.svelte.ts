// One recording with everything that its page shows, read again when it changes.
import { getPeaks, getRecording, getSegments, listVoices } from '../api/client';
import { listen } from '../api/events';
import { problemOf } from '../api/problem';
import type { Peaks, Problem, RecordingDetail, Segment, Voice } from '../api/types';

/** Points of a waveform: more than the widest page has columns in its drawing area. */
const PEAK_POINTS = 1200;

export class RecordingView {
  recording = $state.raw<RecordingDetail | null>(null);
  voices = $state.raw<Voice[]>([]);
  segments = $state.raw<Segment[]>([]);
  /** By channel; nothing where there is no waveform. */
  peaks = $state.raw<(Peaks | null)[]>([]);
  problem = $state.raw<Problem | null>(null);

  constructor(private readonly id: string) {}

  /** Loads, and follows the changes until the returned function is called. */
  follow(): () => void {
    void this.refresh();
    let opened = false;
    return listen({
      onEvent: (event) => {
        if (event.topic === 'recording' && event.id === this.id) void this.refresh();
      },
      onOpen: () => {
        if (opened) void this.refresh();
        opened = true;
      },
      onPoll: () => {
        if (this.recording?.state === 'pending') void this.refresh();
      },
    });
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

  /** A failed recording may have none of these; each is shown without the others. */
  async #loadAnalysis(recording: RecordingDetail) {
    const channels = recording.media?.channels ?? 0;
    const [voices, segments, peaks] = await Promise.all([
      listVoices(this.id).catch(() => null),
      getSegments(this.id).catch(() => null),
      Promise.all(
        Array.from({ length: channels }, (_, channel) =>
          getPeaks(this.id, channel, PEAK_POINTS).catch(() => null),
        ),
      ),
    ]);
    this.voices = voices?.items ?? [];
    this.segments = segments?.segments ?? [];
    this.peaks = peaks;
  }
}
