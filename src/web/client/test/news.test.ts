// News over WebSockets that close, flood and lie: followed without a gap, and without hammering at a node.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { ChainClient, isPcqError, type News, type NewsOptions } from 'pcq-client';

import { vectors } from './vectors.js';

const genesis = vectors<{ genesis: string }>('chain').genesis;
const turn = () => new Promise((resolve) => setImmediate(resolve));

// What a node does with a connection that has subscribed.
interface Far {
  from: number;
  tell(message: object): void;
  close(): void;
}

// The platform's WebSocket as far as the client uses it; `node` undefined: nobody is there.
function platform(node?: (far: Far) => void) {
  const seen: string[] = []; // where each connection went
  class Socket {
    onopen?: () => void;
    onclose?: () => void;
    onmessage?: (event: { data: string }) => void;
    private closed = false;
    constructor(address: string) {
      seen.push(address);
      if (node === undefined) this.close();
      else setImmediate(() => this.onopen?.());
    }
    send(text: string): void {
      const { params } = JSON.parse(text) as { params: { from_height?: string } };
      const tell = (message: object) => this.onmessage?.({ data: JSON.stringify(message) });
      const far = { from: Number(params.from_height ?? 1), tell, close: () => this.close() };
      setImmediate(() => node?.(far));
    }
    close(): void {
      if (this.closed) return;
      this.closed = true;
      setImmediate(() => this.onclose?.());
    }
  }
  return { webSocket: Socket as unknown as typeof globalThis.WebSocket, seen };
}

function opened(from: number): object {
  return { jsonrpc: '2.0', id: 1, result: { subscription: 1, from_height: from, height: from - 1 } };
}
function told(height: number, more: object = {}): object {
  return { jsonrpc: '2.0', method: 'notification', params: { subscription: 1, height, ...more } };
}
function follow(options: NewsOptions): AsyncGenerator<News, void, undefined> {
  const nodes = ['http://127.0.0.1:1', 'http://127.0.0.1:2'];
  return new ChainClient({ nodes, genesis }).news('blocks', options);
}

test('a node that is away is not asked again without a pause', async () => {
  const { webSocket, seen } = platform();
  const stop = new AbortController();
  const next = follow({ webSocket, reconnectMs: 3_600_000, signal: stop.signal }).next();
  for (let i = 0; i < 100; ++i) await turn();
  assert.equal(seen.length, 1);
  stop.abort();
  assert.equal((await next).done, true);
});

test('nodes that are away take turns', async () => {
  const { webSocket, seen } = platform();
  const stop = new AbortController();
  const next = follow({ webSocket, reconnectMs: 1, signal: stop.signal }).next();
  while (seen.length < 3) await new Promise((resolve) => setTimeout(resolve, 1));
  stop.abort();
  await next;
  assert.deepEqual(
    seen.slice(0, 3),
    [1, 2, 1].map((port) => `ws://127.0.0.1:${port}/v1`),
  );
});

test('a connection that tells more than is taken is given up and resumed without a gap', async () => {
  const { webSocket, seen } = platform((far) => {
    far.tell(opened(far.from));
    for (let i = 0; i < 1_000; ++i) far.tell(told(far.from + i));
  });
  const heights = follow({ webSocket, reconnectMs: 1, from: 1n });
  for (let height = 1n; height <= 600n; ++height)
    assert.equal(((await heights.next()).value as News).height, height);
  await heights.return();
  assert.ok(seen.length >= 3, `256 messages wait at most, and there were ${seen.length} connections`);
});

test('what breaks the order, ends or makes no sense is thrown', async () => {
  const wrong: [object, string][] = [
    [told(4), 'answer_malformed'],
    [told(5, { ended: { code: 5003, name: 'height_pruned', message: 'gone' } }), 'height_pruned'],
    [told(5, { ended: {} }), 'answer_malformed'],
    [{}, 'answer_malformed'],
  ];
  for (const [message, reason] of wrong) {
    const { webSocket } = platform((far) => {
      far.tell(opened(far.from));
      far.tell(message);
    });
    await assert.rejects(
      follow({ webSocket, from: 5n }).next(),
      (error) => isPcqError(error) && error.reason === reason,
      JSON.stringify(message),
    );
  }
});
