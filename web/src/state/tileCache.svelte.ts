// Pieces of waveform and spectrogram that were fetched, the least recently used given up first.

/** How long a piece that could not be had is not asked for again, in milliseconds. */
const RETRY_MS = 15_000;

export class TileCache<T> {
  /** Grows with every piece that arrives, so that what draws them draws again. */
  version = $state(0);
  #tiles = new Map<string, T>();
  #refusedAt = new Map<string, number>();
  #waiting = new Set<string>();

  constructor(
    private readonly capacity: number,
    private readonly dispose: (tile: T) => void = () => {},
  ) {}

  get(key: string): T | undefined {
    const tile = this.#tiles.get(key);
    if (tile === undefined) return undefined;
    this.#tiles.delete(key);
    this.#tiles.set(key, tile);
    return tile;
  }

  /** Fetches a piece unless it is here, under way, or was refused a moment ago. */
  want(key: string, fetch: () => Promise<T>) {
    if (this.#tiles.has(key) || this.#waiting.has(key)) return;
    if (Date.now() - (this.#refusedAt.get(key) ?? -RETRY_MS) < RETRY_MS) return;
    this.#waiting.add(key);
    fetch()
      .then((tile) => this.#put(key, tile))
      .catch(() => this.#refusedAt.set(key, Date.now()))
      .finally(() => this.#waiting.delete(key));
  }

  #put(key: string, tile: T) {
    this.#tiles.set(key, tile);
    for (const [oldest, old] of this.#tiles) {
      if (this.#tiles.size <= this.capacity) break;
      this.#tiles.delete(oldest);
      this.dispose(old);
    }
    this.version += 1;
  }
}
