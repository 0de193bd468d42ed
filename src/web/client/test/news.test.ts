// News over WebSockets that close, flood, lie and fall silent: followed without a gap, and without hammering at a node.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { ChainClient, isPcqError, type News, type NewsOptions, Wake } from 'pcq-client';

import { vectors } from './vectors.js';

const genesis = vectors<{ genesis: string }>('chain').genesis;
const turn = () => new Promise((resolve) => setImmediate(resolve));

// What a node does with a connection: once it has subscribed, and, of `chains`, when it is asked whether it is there.
interface Far {
  port: number;
  method: string;
  from: number;
  tell(message: object): void;
  close(): void;
}

// The platform's WebSocket as far as the client uses it; `node` undefined: nobody is there; deaf: it never opens.
function platform(node?: ((far: Far) => void) | 'deaf') {
  const seen: string[] = []; // where each connection went
  const waiting: { count: number; done: () => void }[] = [];
  const connections = (count: number) =>
    new Promise<void>((done) => (seen.length >= count ? done() : waiting.push({ count, done })));
  class Socket {
    onopen?: () => void;
    onclose?: () => void;
    onmessage?: (event: { data: string }) => void;
    private closed = false;
    constructor(private readonly address: string) {
      seen.push(address);
      for (const { count, done } of waiting) if (seen.length >= count) done();
      if (node === undefined) this.close();
      else if (node !== 'deaf') setImmediate(() => this.onopen?.());
    }
    send(text: string): void {
      const { id, method, params } = JSON.parse(text) as Call;
      const tell = (message: object) => this.onmessage?.({ data: JSON.stringify({ id, ...message }) });
      const port = Number(new URL(this.address).port);
      const far = { port, method, from: Number(params.from_height ?? 1), tell, close: () => this.close() };
      setImmediate(() => typeof node === 'function' && node(far));
    }
    // A line that is dead closes for nobody.
    close(): void {
      if (this.closed || node === 'deaf') return;
      this.closed = true;
      setImmediate(() => this.onclose?.());
    }
  }
  return { webSocket: Socket as unknown as typeof globalThis.WebSocket, seen, connections };
}
interface Call {
  id: number;
  method: string;
  params: { from_height?: string };
}

function opened(from: number): object {
  return { jsonrpc: '2.0', result: { subscription: 1, from_height: from, height: from - 1 } };
}
function told(height: number, more: object = {}): object {
  return {
    jsonrpc: '2.0',
    id: undefined,
    method: 'notification',
    params: { subscription: 1, height, ...more },
  };
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
  const { webSocket, seen, connections } = platform();
  const stop = new AbortController();
  const next = follow({ webSocket, reconnectMs: 1, signal: stop.signal }).next();
  await connections(3);
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
    [told(5, { ended: {} }), 'answer_malformed'],
    [{}, 'answer_malformed'],
    [told(5, { ended: { code: 7004, name: 'chain_unknown', message: 'another' } }), 'chain_unknown'],
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

const passing = [
  { code: 5003, name: 'height_pruned' },
  { code: 7006, name: 'too_many_requests' },
  { code: 2, name: 'stopped' },
  { code: 1, name: 'internal' },
];
// A node's refusal to subscribe, or, after it has agreed, its end of it.
const ways: ((far: Far, reason: object) => void)[] = [
  (far, reason) => far.tell({ error: { code: -32000, message: 'no', data: reason } }),
  (far, reason) => {
    far.tell(opened(far.from));
    far.tell(told(far.from, { ended: { ...reason, message: 'no' } }));
  },
];

test('what one node refuses, the next one tells, at once and without a gap', async () => {
  for (const reason of passing)
    for (const refuse of ways) {
      const { webSocket, seen } = platform((far) => {
        if (far.port === 1) return refuse(far, reason);
        far.tell(opened(far.from));
        far.tell(told(far.from));
      });
      const heights = follow({ webSocket, reconnectMs: 3_600_000, from: 5n });
      assert.equal(((await heights.next()).value as News).height, 5n, reason.name);
      assert.equal(seen.length, 2);
      await heights.return();
    }
});

// It was thrown at the first node's refusal, though the second may keep what the first does not.
test('what every node refuses is thrown, when each has been asked once', async () => {
  for (const reason of passing)
    for (const refuse of ways) {
      const { webSocket, seen } = platform((far) => refuse(far, reason));
      await assert.rejects(
        follow({ webSocket, reconnectMs: 3_600_000, from: 5n }).next(),
        (error) => isPcqError(error) && error.reason === reason.name,
      );
      assert.deepEqual(seen, ['ws://127.0.0.1:1/v1', 'ws://127.0.0.1:2/v1']);
    }
});

test('a node that has told in between may refuse again: only in a row it counts', async () => {
  const { webSocket } = platform((far) => {
    far.tell(opened(far.from));
    far.tell(told(far.from));
    far.tell(told(far.from + 1, { ended: { ...passing[2], message: 'stops' } }));
  });
  const heights = follow({ webSocket, reconnectMs: 3_600_000, from: 1n });
  for (let height = 1n; height <= 4n; ++height) {
    const { value } = await heights.next();
    assert.equal((value as News).height, height);
  }
  await heights.return();
});

test('a connection that falls silent is asked, given up, and resumed at the next node', async () => {
  const asked: string[] = [];
  const { webSocket, seen } = platform((far) => {
    if (far.method === 'chains') return void asked.push(`${far.port}`); // and no answer
    far.tell(opened(far.from));
    far.tell(told(far.from));
  });
  const heights = follow({ webSocket, reconnectMs: 1, quietMs: 1, answerMs: 1_000, from: 7n });
  assert.equal(((await heights.next()).value as News).height, 7n);
  assert.equal(((await heights.next()).value as News).height, 8n);
  assert.deepEqual(asked, ['1']);
  assert.deepEqual(seen, ['ws://127.0.0.1:1/v1', 'ws://127.0.0.1:2/v1']);
  await heights.return();
});

test('a node that answers when it is asked keeps its connection, and the answer is no news', async () => {
  let answers = 0;
  const { webSocket, seen } = platform((far) => {
    if (far.method === 'subscribe') return far.tell(opened(far.from));
    far.tell({ jsonrpc: '2.0', result: [] });
    if (++answers === 3) far.tell(told(9));
  });
  const heights = follow({ webSocket, quietMs: 1, answerMs: 60_000 });
  assert.equal(((await heights.next()).value as News).height, 9n);
  assert.equal(seen.length, 1);
  await heights.return();
});

// It answered that it is there, and was listened to for ever.
test(
  'a node that is there and tells nothing time after time has the next one asked',
  { timeout: 20_000 },
  async () => {
    const asked: string[] = [];
    const { webSocket, seen } = platform((far) => {
      if (far.method === 'chains') {
        asked.push(`${far.port}`);
        return far.tell({ jsonrpc: '2.0', result: [] });
      }
      far.tell(opened(far.from));
      if (asked.length > 0 || far.from === 7) far.tell(told(far.from));
    });
    const heights = follow({ webSocket, reconnectMs: 1, quietMs: 1, answerMs: 60_000, from: 7n });
    assert.equal(((await heights.next()).value as News).height, 7n);
    assert.equal(((await heights.next()).value as News).height, 8n);
    assert.deepEqual(asked, Array<string>(5).fill('1'));
    assert.deepEqual(seen, ['ws://127.0.0.1:1/v1', 'ws://127.0.0.1:2/v1']);
    await heights.return();
  },
);

test('a connection that does not open, or answers nothing, is not waited for', async () => {
  for (const node of ['deaf' as const, () => undefined]) {
    const { webSocket, seen, connections } = platform(node);
    const stop = new AbortController();
    const next = follow({ webSocket, reconnectMs: 1, answerMs: 1, signal: stop.signal }).next();
    await connections(3);
    stop.abort();
    assert.equal((await next).done, true);
    assert.equal(seen[1], 'ws://127.0.0.1:2/v1');
  }
});

test('whoever waits for a hint is woken by what a socket tells, and by its end when it falls silent', async () => {
  let far: Far | undefined;
  const { webSocket, seen } = platform((one) => {
    if (one.method === 'chains') return; // no answer
    one.tell(opened(one.from));
    far = one;
  });
  const timings = { pollMs: 3_600_000, reconnectMs: 1, quietMs: 50, answerMs: 200 };
  const wake = new Wake(() => 'http://127.0.0.1:1', ['c', 'd'], { webSocket, ...timings });
  while (far === undefined) await turn();
  await wake.next();
  far.tell(told(1));
  await wake.next();
  while (seen.length < 2) await wake.next(); // it was given up, and another one opened
  wake.close();
});
