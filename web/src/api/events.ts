// Server-sent events: what changed, so that pages need not ask again and again.

/** One message of `/api/v1/events`. */
export interface ServerEvent {
  topic: 'recording' | 'job' | 'alert' | 'gallery' | 'link';
  id: string;
  state: string;
  progress?: number;
}

export interface EventHandlers {
  onEvent: (event: ServerEvent) => void;
  /** Called on every connection and gap; what was missed in between is not sent again. */
  onOpen: () => void;
  /** Called every `POLL_MS` without a connection, and every `SILENCE_MS` of a silent one. */
  onPoll: () => void;
}

/** How often pages ask while there is no stream, in milliseconds. */
const POLL_MS = 5000;
/** After how long a stream that says nothing is distrusted, in milliseconds: proxies hold it back. */
const SILENCE_MS = 15000;
/** How long to wait before opening a stream that the browser has given up, in milliseconds. */
const REOPEN_MS = 10000;
const TOPICS: ServerEvent['topic'][] = ['recording', 'job', 'alert', 'gallery', 'link'];

/** Listens until the returned function is called. */
export function listen(handlers: EventHandlers): () => void {
  let source: EventSource | undefined;
  let connected = false;
  let heardAt = Date.now();
  let reopen: ReturnType<typeof setTimeout> | undefined;

  const poll = setInterval(() => {
    if (connected && Date.now() - heardAt < SILENCE_MS) return;
    heardAt = Date.now();
    handlers.onPoll();
  }, POLL_MS);

  const open = () => {
    source = new EventSource('/api/v1/events');
    source.onopen = () => {
      connected = true;
      handlers.onOpen();
    };
    source.onerror = () => {
      connected = false;
      // The browser reconnects by itself unless the answer was an error status.
      if (source?.readyState === EventSource.CLOSED) {
        clearTimeout(reopen);
        reopen = setTimeout(open, REOPEN_MS);
      }
    };
    // The server tells when a slow reader has missed events.
    source.addEventListener('missed', handlers.onOpen);
    for (const topic of TOPICS) {
      source.addEventListener(topic, (message) => {
        heardAt = Date.now();
        const event = parseEvent(topic, (message as MessageEvent<string>).data);
        if (event) handlers.onEvent(event);
      });
    }
  };

  open();
  return () => {
    source?.close();
    clearInterval(poll);
    clearTimeout(reopen);
  };
}

/** Reads one message; nothing where it is not what the contract says. */
export function parseEvent(topic: ServerEvent['topic'], data: string): ServerEvent | null {
  try {
    const body = JSON.parse(data) as Partial<ServerEvent>;
    if (typeof body.id !== 'string' || typeof body.state !== 'string') return null;
    return typeof body.progress === 'number'
      ? { topic, id: body.id, state: body.state, progress: body.progress }
      : { topic, id: body.id, state: body.state };
  } catch {
    return null;
  }
}
