// A against B: the probe and one candidate, each from the start of its own speech.
import { getRecording } from '../api/client';
import { getSegmentView } from '../api/segments';
import type { MediaFacts, VoiceFacts } from '../api/types';
import { Player } from './player.svelte';

/** What has to be known of a voice to play it. */
export type Audible = Pick<VoiceFacts, 'voice_id' | 'recording_id' | 'filename' | 'channel'>;

/** What is known about a recording before a side can be played. */
interface Source {
  media: MediaFacts | null;
  /** Start of the voice's first segment, in milliseconds. */
  startMs: number;
}

class Side {
  readonly player = new Player();
  voice = $state.raw<Audible | null>(null);
  startMs = $state(0);
  #ready: Promise<void> = Promise.resolve();

  /** Takes a voice; the side is silent where it has no recording. */
  choose(voice: Audible | null) {
    if (voice === this.voice) return;
    this.player.pause();
    this.voice = voice;
    if (voice?.recording_id) this.#ready = this.#load(voice, voice.recording_id);
  }

  async play() {
    const voice = this.voice;
    await this.#ready;
    // Another candidate may have been chosen while this one was loading.
    if (voice && voice === this.voice) await this.player.play();
  }

  restart() {
    this.player.seek(this.startMs);
  }

  async #load(voice: Audible, recordingId: string) {
    const source = await sourceOf(voice, recordingId);
    if (voice !== this.voice) return;
    this.player.load(recordingId, source.media);
    this.player.hear((source.media?.channels ?? 1) > 1 ? voice.channel : null);
    this.startMs = source.startMs;
    this.restart();
  }
}

export type SideName = 'a' | 'b';

export class Listening {
  readonly a = new Side();
  readonly b = new Side();

  /** Plays one side and silences the other; a side that plays is paused. */
  toggle(name: SideName) {
    const [chosen, other] = name === 'a' ? [this.a, this.b] : [this.b, this.a];
    other.player.pause();
    if (chosen.player.playing) chosen.player.pause();
    else void chosen.play();
  }

  pause() {
    this.a.player.pause();
    this.b.player.pause();
  }

  close() {
    this.a.player.close();
    this.b.player.close();
  }
}

/** Without its facts a recording is played decoded and from the beginning. */
async function sourceOf(voice: Audible, recordingId: string): Promise<Source> {
  const [recording, segments] = await Promise.all([
    getRecording(recordingId).catch(() => null),
    getSegmentView(recordingId).catch(() => null),
  ]);
  const first = (segments?.segments ?? [])
    .filter((segment) =>
      segment.voice_id ? segment.voice_id === voice.voice_id : segment.channel === voice.channel,
    )
    .reduce((least, segment) => Math.min(least, segment.start_ms), Infinity);
  return { media: recording?.media ?? null, startMs: Number.isFinite(first) ? first : 0 };
}
