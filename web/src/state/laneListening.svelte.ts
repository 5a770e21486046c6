// Hearing one segment again and again, or one voice without the rest.
import { laneOf, segmentOf, voiceOf, type Draft } from '../editor/draft';
import { looping, skipping, type Guidance } from '../editor/playback';
import type { Player } from './player.svelte';

export class LaneListening {
  /** The segment that is repeated. */
  loopId = $state<number | null>(null);
  /** The only voice that is heard. */
  onlyLabel = $state<number | null>(null);
  #channelBefore: number | null = null;

  constructor(private readonly player: Player) {}

  toggleLoop(id: number | null) {
    this.loopId = this.loopId === null ? id : null;
    if (this.loopId !== null) void this.player.play();
  }

  /** Hears one voice alone, on a recording of several channels its channel too. */
  toggleOnly(label: number | null, draft: Draft) {
    if (this.onlyLabel !== null) return this.#hearAll();
    const voice = label === null ? undefined : voiceOf(draft, label);
    if (!voice) return;
    this.onlyLabel = voice.label;
    this.#channelBefore = this.player.channel;
    if (draft.channels > 1) this.player.hear(voice.channel);
    const lane = laneOf(draft, voice.channel, voice.label);
    const [first] = lane;
    // After the voice's last words it is heard from its first.
    if (first && lane.every((segment) => segment.end_ms <= this.player.at)) {
      this.player.seek(first.start_ms);
    }
    void this.player.play();
  }

  /** Leads the player to what is to be heard; called whenever its position changes. */
  guide(draft: Draft, atMs: number) {
    if (!this.player.playing) return;
    this.#forgetWhatIsGone(draft);
    const guidance = this.#guidance(draft, atMs);
    if (guidance.go === 'to') this.player.seek(guidance.ms);
    if (guidance.go === 'stop') this.player.pause();
  }

  #forgetWhatIsGone(draft: Draft) {
    if (this.loopId !== null && !segmentOf(draft, this.loopId)) this.loopId = null;
    if (this.onlyLabel !== null && !voiceOf(draft, this.onlyLabel)) this.#hearAll();
  }

  #hearAll() {
    this.onlyLabel = null;
    this.player.hear(this.#channelBefore);
  }

  #guidance(draft: Draft, atMs: number): Guidance {
    const loop = segmentOf(draft, this.loopId);
    if (loop) return looping(loop, atMs);
    const voice = this.onlyLabel === null ? undefined : voiceOf(draft, this.onlyLabel);
    if (voice) return skipping(laneOf(draft, voice.channel, voice.label), atMs);
    return { go: 'on' };
  }
}
