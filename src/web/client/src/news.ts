// What a node tells of a chain over a WebSocket (docs/rpc.md, subscriptions): every block that has news of a topic, in
// order, none left out and none twice, through connections that break or fall silent and nodes that go: each new
// connection resumes at the height after the last one that was heard.
//
// It is the node's word. What must be certain is asked for with its proof.
import { PcqError } from './error.js';
import { integerIn, type Json, malformed, member } from './json.js';
import { type LineOptions, reconnectPause, refusal, SocketLine } from './socket_line.js';

export type Topic = 'blocks' | 'account' | 'trades' | 'prices' | 'periods';

/** `webSocket`: that of the platform if left out; that of the package `ws` in a Node without one. */
export interface NewsOptions extends LineOptions {
  /** The first block to hear of; the next one if left out. */
  from?: bigint;
  /** Of the topic account: its address. */
  account?: string;
  /** Ends it. */
  signal?: AbortSignal;
}

/** The height it is of, and the members that docs/rpc.md has for the topic; a node that has long had none gives the height alone. */
export interface News {
  height: bigint;
  params: Json;
}

/** Several nodes, of which one has its turn. */
export interface Nodes {
  readonly nodes: readonly string[];
  readonly node: string;
  turnFrom(node: string): void;
}

// What one node refuses and another one may tell: it keeps more blocks, has less to do, or is well.
const anotherMayTell = ['height_pruned', 'too_many_requests', 'stopped', 'internal'];

/**
 * Throws what a node refuses. One that cannot be reached or has fallen silent loses its turn to the next; so does one
 * that refuses what another may tell, until every one has refused since the last news.
 */
export async function* news(
  nodes: Nodes,
  chain: string,
  topic: Topic,
  options: NewsOptions,
): AsyncGenerator<News, void, undefined> {
  const Socket = options.webSocket ?? globalThis.WebSocket;
  if (Socket === undefined)
    throw new PcqError('bad_argument', 'this platform has no WebSocket; give that of the package ws');
  const refused = new Set<string>();
  let next = options.from;
  for (let failures = 0; !options.signal?.aborted; ) {
    const node = nodes.node;
    const line = new SocketLine(Socket, node, options);
    const end = () => line.close();
    options.signal?.addEventListener('abort', end);
    let isRefused = false;
    try {
      const params: { [name: string]: Json } = { chain, topic };
      if (options.account !== undefined) params['account'] = options.account;
      if (next !== undefined) params['from_height'] = next.toString();
      const opened = await line.call('subscribe', params);
      if (opened !== undefined) {
        failures = 0;
        next ??= integerIn(opened, 'from_height');
        for (let heard = await line.receive(); heard !== undefined; heard = await line.receive()) {
          const told = member(heard, 'params') ?? null;
          const height = integerIn(told, 'height');
          const ended = member(told, 'ended');
          if (ended !== undefined) throw refusal(ended, member(ended, 'message'));
          if (height < next) throw malformed(`the node tells of height ${height} after ${next - 1n}`);
          next = height + 1n;
          refused.clear();
          yield { height, params: told };
        }
      }
      const isThere = options.signal?.aborted || (opened !== undefined && !line.silent);
      if (!isThere) nodes.turnFrom(node);
    } catch (error) {
      if (!(error instanceof PcqError) || !anotherMayTell.includes(error.reason)) throw error;
      isRefused = !refused.has(node);
      refused.add(node);
      if (nodes.nodes.every((one) => refused.has(one))) throw error;
      nodes.turnFrom(node);
    } finally {
      options.signal?.removeEventListener('abort', end);
      line.close();
    }
    // The next node is asked at once what this one refuses.
    if (!isRefused) await pause(reconnectPause(options, failures++), options.signal);
  }
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
