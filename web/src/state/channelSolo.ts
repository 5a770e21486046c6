// Puts one channel of a recording on both ears: the sides of a call are heard apart.

export class ChannelSolo {
  #context = new AudioContext();
  #source: MediaElementAudioSourceNode;
  #splitter: ChannelSplitterNode;
  #mono: GainNode;

  constructor(audio: HTMLAudioElement) {
    this.#source = this.#context.createMediaElementSource(audio);
    this.#splitter = this.#context.createChannelSplitter();
    this.#mono = this.#context.createGain();
    this.#mono.connect(this.#context.destination);
  }

  /** Hears one channel, or with none all of them. */
  async hear(channel: number | null): Promise<void> {
    this.#source.disconnect();
    this.#splitter.disconnect();
    if (channel === null || channel >= this.#splitter.numberOfOutputs) {
      this.#source.connect(this.#context.destination);
    } else {
      this.#source.connect(this.#splitter);
      this.#splitter.connect(this.#mono, channel);
    }
    await this.#context.resume();
  }

  close() {
    void this.#context.close();
  }
}
