// Tells a follower of blocks that there may be a new one: at once where a node says so over a WebSocket, and after a
// pause in any case, a short one while nobody tells. It is a hint and no more: whoever is woken asks and checks, so what a
// socket loses, repeats or invents costs time and nothing else.
//
// Every message wakes, once the subscription `blocks` has been asked for. A socket that closes, refuses, falls silent or
// never opens is opened again, after a pause that doubles up to a bound; so is one at a node that is asked no more.
import { isPcqError } from './error.js';
import { member } from './json.js';
import { type LineOptions, reconnectPause, SocketLine } from './socket_line.js';

/** Without `webSocket` there are only pauses. */
export interface WakeOptions extends LineOptions {
  /** How long a pause is while no socket tells; ten times that while one does. */
  pollMs?: number;
}

const listeningFactor = 10;

/** The pause while no socket tells. */
export function pauseMsOf(options: WakeOptions): number {
  return options.pollMs ?? 1_000;
}

export class Wake {
  private line: SocketLine | undefined;
  private listensTo = ''; // the node at the other end
  private retry: ReturnType<typeof setTimeout> | undefined;
  private failures = 0;
  private listening = false;
  private woken = false;
  private wake: (() => void) | undefined;
  private closed = false;

  /** Of several chains any wakes, over one connection. `node` is asked at each connection, so that another one may have its turn. */
  constructor(
    private readonly node: () => string,
    private readonly chains: readonly string[],
    private readonly options: WakeOptions,
  ) {
    this.connect();
  }

  /** Resolves at the next hint, at once if there was one since the last call, and after the pause in any case. */
  async next(signal?: AbortSignal): Promise<void> {
    // The other one had more blocks, so who tells of none may be cut off.
    if (this.listening && this.node() !== this.listensTo) this.line?.close();
    if (!this.woken && !signal?.aborted) {
      await new Promise<void>((resolve) => {
        const done = () => {
          clearTimeout(timer);
          signal?.removeEventListener('abort', done);
          resolve();
        };
        const pauseMs = pauseMsOf(this.options) * (this.listening ? listeningFactor : 1);
        const timer = setTimeout(done, pauseMs);
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
    this.line?.close();
  }

  private connect(): void {
    if (this.options.webSocket === undefined || this.closed) return;
    this.listensTo = this.node();
    this.line = new SocketLine(this.options.webSocket, this.listensTo, this.options);
    void this.listen(this.line).then(() => {
      if (this.closed) return;
      this.listening = false;
      this.hint(); // nobody tells of what comes now, so it is asked for again and again
      this.retry = setTimeout(() => this.connect(), reconnectPause(this.options, this.failures++));
    });
  }

  // Until the line ends, in whatever way.
  private async listen(line: SocketLine): Promise<void> {
    let isOpen = true;
    for (const chain of this.chains) isOpen = await line.ask('subscribe', { chain, topic: 'blocks' });
    if (isOpen) {
      this.listening = true;
      this.hint(); // there may have been blocks while nobody listened
      for (let heard = await line.next(); heard !== undefined; heard = await line.next()) {
        if (!isPcqError(heard) && member(heard, 'error') !== undefined) break; // nothing will be told
        this.failures = 0;
        this.hint();
      }
    }
    line.close();
  }

  /** Whoever waits is to ask now. */
  hint(): void {
    this.woken = true;
    this.wake?.();
  }
}
