// What a node tells of a chain over a WebSocket (docs/rpc.md, subscriptions): every block that has news of a topic, in
// order, none left out and none twice, through connections that break and nodes that go: each new connection resumes at
// the height after the last one that was heard.
//
// It is the node's word. What must be certain is asked for with its proof.
import { PcqError } from './error.js';
import { integerIn, type Json, malformed, member } from './json.js';

export type Topic = 'blocks' | 'account' | 'trades' | 'prices' | 'periods';

export interface NewsOptions {
  /** The first block to hear of; the next one if left out. */
  from?: bigint;
  /** Of the topic account: its address. */
  account?: string;
  /** Ends it. */
  signal?: AbortSignal;
  /** WebSocket of the platform if left out; that of the package `ws` in a Node without one. */
  webSocket?: new (url: string) => WebSocket;
  /** Before the first attempt to reconnect; it doubles up to half a minute. */
  reconnectMs?: number;
}

/** The height it is of, and the members that docs/rpc.md has for the topic; a node that has long had none gives the height alone. */
export interface News {
  height: bigint;
  params: Json;
}

const waitingMax = 256; // messages that nobody has taken; above, the connection is given up and resumed later
const reconnectMsMax = 30_000;

/** Throws what a node refuses. One that cannot be reached loses its turn to the next. */
export async function* news(
  nodes: { readonly node: string; turnFrom(node: string): void },
  chain: string,
  topic: Topic,
  options: NewsOptions,
): AsyncGenerator<News, void, undefined> {
  const Socket = options.webSocket ?? globalThis.WebSocket;
  if (Socket === undefined)
    throw new PcqError('bad_argument', 'this platform has no WebSocket; give that of the package ws');
  let next = options.from;
  for (let failures = 0; !options.signal?.aborted; ) {
    const node = nodes.node;
    const connection = new Connection(new Socket(`${node.replace(/^http/, 'ws')}/v1`));
    const end = () => connection.close();
    options.signal?.addEventListener('abort', end);
    try {
      const params: { [name: string]: Json } = { chain, topic };
      if (options.account !== undefined) params['account'] = options.account;
      if (next !== undefined) params['from_height'] = next.toString();
      const opened = await connection.call('subscribe', params);
      if (opened === undefined) {
        nodes.turnFrom(node);
      } else {
        failures = 0;
        next ??= integerIn(opened, 'from_height');
        for (
          let heard = await connection.receive();
          heard !== undefined;
          heard = await connection.receive()
        ) {
          const told = member(heard, 'params') ?? null;
          const height = integerIn(told, 'height');
          const ended = member(told, 'ended');
          if (ended !== undefined) throw refusal(ended, member(ended, 'message'));
          if (height < next) throw malformed(`the node tells of height ${height} after ${next - 1n}`);
          next = height + 1n;
          yield { height, params: told };
        }
      }
    } finally {
      options.signal?.removeEventListener('abort', end);
      connection.close();
    }
    await pause(Math.min((options.reconnectMs ?? 500) * 2 ** failures++, reconnectMsMax), options.signal);
  }
}

// One WebSocket as messages to wait for; undefined: it has closed.
class Connection {
  private readonly opened: Promise<boolean>;
  private readonly messages: string[] = [];
  private wake: (() => void) | undefined;
  private closed = false;
  private full = false;

  constructor(private readonly socket: WebSocket) {
    this.opened = new Promise((resolve) => {
      socket.onopen = () => resolve(true);
      socket.onclose = () => {
        this.closed = true;
        resolve(false);
        this.wake?.();
      };
    });
    socket.onerror = () => undefined; // a close follows
    socket.onmessage = (event: MessageEvent) => {
      if (this.full) return; // what follows a gap is not told
      this.messages.push(String(event.data));
      this.full = this.messages.length >= waitingMax;
      if (this.full) socket.close();
      this.wake?.();
    };
  }

  close(): void {
    this.socket.close();
  }

  /** The result of a call, the first thing that is said on a connection. */
  async call(method: string, params: { [name: string]: Json }): Promise<Json | undefined> {
    if (!(await this.opened)) return undefined;
    this.socket.send(JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }));
    const answer = await this.receive();
    if (answer === undefined) return undefined;
    const error = member(answer, 'error');
    if (error !== undefined) throw refusal(member(error, 'data'), member(error, 'message'));
    const result = member(answer, 'result');
    if (result === undefined) throw malformed("the node's answer has neither result nor error");
    return result;
  }

  async receive(): Promise<Json | undefined> {
    while (this.messages.length === 0) {
      if (this.closed) return undefined;
      await new Promise<void>((resolve) => (this.wake = resolve));
    }
    const text = this.messages.shift()!;
    try {
      return JSON.parse(text) as Json;
    } catch {
      throw malformed('the node says what is no JSON');
    }
  }
}

function refusal(reason: Json | undefined, message: Json | undefined): PcqError {
  const code = member(reason, 'code');
  const name = member(reason, 'name');
  if (typeof code !== 'number' || typeof name !== 'string')
    return malformed('the node refuses without a reason');
  return new PcqError({ code, name }, typeof message === 'string' ? message : '');
}

function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal?.addEventListener('abort', done);
    if (signal?.aborted) done();
  });
}
