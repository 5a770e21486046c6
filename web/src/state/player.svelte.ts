// One audio element with its position as state. Falls back to the decoded WAV where need be.
import { audioUrl, needsDecoding } from '../api/audio';
import type { MediaFacts } from '../api/types';
import { ChannelSolo } from './channelSolo';

export class Player {
  playing = $state(false);
  /** Position, in milliseconds. */
  at = $state(0);
  failed = $state(false);
  decoded = $state(false);
  /** The only channel to be heard; none for all. */
  channel = $state<number | null>(null);
  #audio = new Audio();
  #solo: ChannelSolo | null = null;
  #recordingId: string | null = null;
  #frame = 0;

  constructor() {
    const audio = this.#audio;
    audio.preload = 'metadata';
    audio.addEventListener('play', () => {
      this.playing = true;
      this.#follow();
    });
    audio.addEventListener('pause', () => this.#stopped());
    audio.addEventListener('ended', () => this.#stopped());
    audio.addEventListener('seeked', () => (this.at = audio.currentTime * 1000));
    audio.addEventListener('error', () => this.#fallBack());
  }

  /** Takes a recording; without its media facts the decoded form is asked for. */
  load(recordingId: string, media: Pick<MediaFacts, 'container' | 'codec'> | null) {
    if (this.#recordingId === recordingId) return;
    this.pause();
    this.#recordingId = recordingId;
    this.failed = false;
    this.decoded =
      media === null || needsDecoding(media, (mime) => this.#audio.canPlayType(mime));
    this.#audio.src = audioUrl(recordingId, this.decoded);
    this.at = 0;
  }

  async play() {
    if (this.#recordingId === null) return;
    try {
      if (this.channel !== null) await this.#soloed().hear(this.channel);
      await this.#audio.play();
    } catch {
      // The element tells of failures by its `error` event; a pause in between is no failure.
    }
  }

  pause() {
    this.#audio.pause();
  }

  toggle() {
    if (this.playing) this.pause();
    else void this.play();
  }

  seek(ms: number) {
    this.#audio.currentTime = Math.max(0, ms) / 1000;
    this.at = Math.max(0, ms);
  }

  /** Hears one channel on both ears, or all as recorded. */
  hear(channel: number | null) {
    this.channel = channel;
    // Browsers let sound begin only after a person's act, so the rest waits for `play`.
    if (this.#solo || this.playing) void this.#soloed().hear(channel);
  }

  close() {
    cancelAnimationFrame(this.#frame);
    this.pause();
    this.#audio.removeAttribute('src');
    this.#audio.load();
    this.#solo?.close();
  }

  #soloed(): ChannelSolo {
    this.#solo ??= new ChannelSolo(this.#audio);
    return this.#solo;
  }

  #stopped() {
    this.playing = false;
    cancelAnimationFrame(this.#frame);
    this.at = this.#audio.currentTime * 1000;
  }

  #follow() {
    cancelAnimationFrame(this.#frame);
    const step = () => {
      this.at = this.#audio.currentTime * 1000;
      this.#frame = requestAnimationFrame(step);
    };
    step();
  }

  #fallBack() {
    if (this.#recordingId === null || !this.#audio.hasAttribute('src')) return;
    if (this.decoded) {
      this.failed = true;
      this.playing = false;
      return;
    }
    const { at, playing } = this;
    this.decoded = true;
    this.#audio.src = audioUrl(this.#recordingId, true);
    this.seek(at);
    if (playing) void this.play();
  }
}
