// Tells a follower of blocks that there may be a new one: after a pause, and at once where a node says so over a
// WebSocket. It is a hint and no more: whoever is woken asks and checks, so what a socket loses, repeats or invents
// costs time and nothing else.
//
// Over the socket goes {"jsonrpc":"2.0","id":1,"method":"subscribe","params":{"chain":id,"topic":"blocks"}}; every
// message that comes back wakes. A socket that closes, fails or never opens is opened again, after a pause that
// doubles up to a bound.

export interface WakeOptions {
  /** WebSocket of the platform, or of the package `ws` in a Node without one. Nothing: only pauses. */
  webSocket?: new (url: string) => WebSocket;
  /** How long a pause is. */
  pollMs?: number;
  /** Before the first attempt to reconnect. */
  reconnectMs?: number;
}

const reconnectMsMax = 30_000;

export class Wake {
  private socket: WebSocket | undefined;
  private retry: ReturnType<typeof setTimeout> | undefined;
  private failures = 0;
  private woken = false;
  private wake: (() => void) | undefined;
  private closed = false;

  /** `node` is asked at each connection, so that another one may have its turn. */
  constructor(
    private readonly node: () => string,
    private readonly chain: string,
    private readonly options: WakeOptions,
  ) {
    this.connect();
  }

  /** Resolves at the next hint, at once if there was one since the last call, and after the pause in any case. */
  async next(signal?: AbortSignal): Promise<void> {
    if (!this.woken && !signal?.aborted) {
      await new Promise<void>((resolve) => {
        const done = () => {
          clearTimeout(timer);
          signal?.removeEventListener('abort', done);
          resolve();
        };
        const timer = setTimeout(done, this.options.pollMs ?? 1_000);
        signal?.addEventListener('abort', done);
        this.wake = done;
      });
    }
    this.woken = false;
    this.wake = undefined;
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.retry);
    this.socket?.close();
  }

  private connect(): void {
    if (this.options.webSocket === undefined || this.closed) return;
    const socket = new this.options.webSocket(`${this.node().replace(/^http/, 'ws')}/v1`);
    this.socket = socket;
    socket.onopen = () => {
      this.failures = 0;
      const params = { chain: this.chain, topic: 'blocks' };
      socket.send(JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'subscribe', params }));
      this.hint(); // there may have been blocks while nobody listened
    };
    socket.onmessage = () => this.hint();
    socket.onerror = () => undefined; // a close follows
    socket.onclose = () => {
      if (this.closed || this.socket !== socket) return;
      const pause = (this.options.reconnectMs ?? 500) * 2 ** this.failures++;
      this.retry = setTimeout(() => this.connect(), Math.min(pause, reconnectMsMax));
    };
  }

  private hint(): void {
    this.woken = true;
    this.wake?.();
  }
}
