// Voices of the recordings in view. The list does not carry them, so each row asks once.
import { listVoices } from '../api/client';
import type { Recording, Voice } from '../api/types';

/** How many questions are under way at a time. */
const PARALLEL = 4;

class VoiceCache {
  #known = $state<Record<string, Voice[]>>({});
  #asked = new Set<string>();
  #waiting: string[] = [];
  #running = 0;

  /** The voices, once known. */
  of(recording: Recording): Voice[] | undefined {
    return this.#known[recording.id];
  }

  /** Asks for the voices of an analysed recording, once. */
  want(recording: Recording) {
    const hasVoices = recording.state === 'analysed' || recording.state === 'no_voice';
    if (!hasVoices || this.#asked.has(recording.id)) return;
    this.#asked.add(recording.id);
    this.#waiting.push(recording.id);
    this.#fill();
  }

  #fill() {
    while (this.#running < PARALLEL) {
      const id = this.#waiting.shift();
      if (id === undefined) return;
      this.#running += 1;
      listVoices(id)
        .then((list) => (this.#known[id] = list.items))
        .catch(() => this.#asked.delete(id))
        .finally(() => {
          this.#running -= 1;
          this.#fill();
        });
    }
  }
}

export const voiceCache = new VoiceCache();
