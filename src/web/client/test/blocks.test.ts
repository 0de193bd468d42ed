// Blocks as they come: none left out and none twice, whatever becomes of the connection.
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';

import { ChainClient, isPcqError, RpcClient, VerifiedReader } from 'pcq-client';
import { WebSocket } from 'ws';

import { TestChain, TestNode } from './test_chain.js';
import { vectors } from './vectors.js';

const document = vectors<{ genesis: string }>('chain').genesis;

interface Options {
  webSocket?: boolean;
  pollMs: number;
}

// The client is opened with a genesis document, and then given the chain that was made here.
async function start(t: TestContext, { webSocket = false, pollMs }: Options) {
  const chain = await TestChain.make();
  const node = await TestNode.start(chain, { webSocket });
  t.after(() => node.close());
  const client = new ChainClient({
    nodes: node.address,
    genesis: document,
    pollMs,
    reconnectMs: 5,
    ...(webSocket ? { webSocket: WebSocket as unknown as typeof globalThis.WebSocket } : {}),
  });
  Object.assign(client, {
    genesis: { ...client.genesis, ...chain.genesis },
    reader: new VerifiedReader(client.rpc, chain.genesis),
  });
  return { chain, node, client };
}

const minute = 60_000; // so that nothing but a hint wakes

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 2));
}

async function heights(blocks: AsyncGenerator<{ header: { height: bigint } }>, count: number) {
  const seen = [];
  for (let i = 0; i < count; ++i) seen.push(Number((await blocks.next()).value!.header.height));
  return seen;
}

test('blocks come from a height on, with their transactions', async (t) => {
  const { chain, client } = await start(t, { pollMs: 5 });
  chain.append('a', 'b', 'c');
  chain.append();
  const stop = new AbortController();
  const blocks = client.blocks(1n, stop.signal);
  assert.equal((await blocks.next()).value!.transactions.length, 3);
  assert.deepEqual((await blocks.next()).value!.transactions, []);
  const third = blocks.next();
  chain.append('d');
  assert.equal((await third).value!.header.height, 3n);
  const last = blocks.next();
  stop.abort();
  assert.equal((await last).done, true);
});

test('a block of many transactions comes in pages', async (t) => {
  const { chain, node, client } = await start(t, { pollMs: 5 });
  chain.append('a', 'b', 'c', 'd', 'e');
  node.bend = (method, params, honest) => {
    const block = honest(method, params) as { transactions: string[] };
    const first = Number(params['cursor'] ?? 0);
    const transactions = block.transactions.slice(first, first + 2);
    return { ...block, transactions, ...(first + 2 < 5 ? { next: `${first + 2}` } : {}) };
  };
  assert.equal((await client.reader.block(1n)).transactions.length, 5);
  node.bend = (method, params, honest) => ({
    ...(honest(method, params) as object),
    transactions: [],
    next: '0',
  });
  await assert.rejects(client.reader.block(1n), (error) => isPcqError(error, 'bad_proof'));
});

test('without a height they begin with the next one', async (t) => {
  const { chain, client } = await start(t, { pollMs: 5 });
  chain.append();
  const blocks = client.blocks();
  const next = blocks.next();
  await until(() => client.reader.height === 1n);
  chain.append();
  chain.append();
  assert.equal((await next).value!.header.height, 2n);
  assert.deepEqual(await heights(blocks, 1), [3]);
  await blocks.return();
});

test('a WebSocket tells of them at once', async (t) => {
  const { chain, node, client } = await start(t, { webSocket: true, pollMs: minute });
  const blocks = client.blocks(1n);
  const seen = heights(blocks, 3);
  await until(() => node.subscriptions === 1);
  for (let i = 0; i < 3; ++i) {
    chain.append(`t${i}`);
    node.notify();
  }
  assert.deepEqual(await seen, [1, 2, 3]);
  await blocks.return();
  await until(() => node.listeners === 0);
});

test('a connection that breaks misses nothing', async (t) => {
  const { chain, node, client } = await start(t, { webSocket: true, pollMs: minute });
  const blocks = client.blocks(1n);
  const seen = heights(blocks, 40);
  for (let round = 1; round <= 10; ++round) {
    await until(() => node.subscriptions >= round);
    node.dropSockets();
    for (let i = 0; i < 4; ++i) chain.append(); // while nobody listens
  }
  assert.deepEqual(
    await seen,
    Array.from({ length: 40 }, (_, i) => i + 1),
  );
  await blocks.return();
});

test('messages that are repeated, wrong or no JSON change nothing', async (t) => {
  const { chain, node, client } = await start(t, { webSocket: true, pollMs: minute });
  const blocks = client.blocks(1n);
  const seen = heights(blocks, 2);
  await until(() => node.subscriptions === 1);
  for (const message of ['', 'garbage', '{"params":{"height":99999}}', '[]']) node.notify(message);
  chain.append();
  node.notify();
  node.notify();
  chain.append();
  node.notify();
  assert.deepEqual(await seen, [1, 2]);
  await blocks.return();
});

test('a node without WebSockets is asked again and again', async (t) => {
  const { chain, client } = await start(t, { pollMs: 5 });
  Object.assign((client as unknown as { options: object }).options, { webSocket: WebSocket });
  const blocks = client.blocks(1n);
  const seen = heights(blocks, 2);
  chain.append();
  chain.append();
  assert.deepEqual(await seen, [1, 2]);
  await blocks.return();
});

test('a node that goes away is waited for', async (t) => {
  const { chain, client, node } = await start(t, { pollMs: 5 });
  chain.append();
  const blocks = client.blocks(1n);
  assert.deepEqual(await heights(blocks, 1), [1]);
  await node.close();
  const next = blocks.next();
  await new Promise((resolve) => setTimeout(resolve, 30));
  const again = await TestNode.start(chain, { webSocket: false });
  t.after(() => again.close());
  Object.assign(client.rpc, { nodes: [again.address] });
  chain.append();
  assert.equal((await next).value!.header.height, 2n);
  await blocks.return();
});

test('what a proxy answers for a node that is away is waited out', async (t) => {
  const { chain, client, node } = await start(t, { pollMs: 2 });
  const answers = [
    { status: 502, text: '<html>Bad Gateway</html>' },
    { status: 504, text: '' },
    { status: 200, text: 'null' },
    { status: 200, text: '<html>log in here</html>' },
    { status: 500, text: 'oh' },
  ];
  chain.append();
  node.instead = answers[0]!;
  const blocks = client.blocks(); // begins while nobody is there
  let next = blocks.next();
  for (const [i, answer] of answers.entries()) {
    node.instead = answer;
    const asked = node.requests;
    await until(() => node.requests > asked + 1);
    node.instead = undefined;
    await until(() => client.reader.height === BigInt(i + 1));
    chain.append();
    assert.equal((await next).value!.header.height, BigInt(i + 2));
    next = blocks.next();
  }
  const last = blocks.return();
  chain.append();
  await Promise.all([next, last]);
});

test('where one node has a proxy before it, the next one tells', async (t) => {
  const { chain, client, node } = await start(t, { pollMs: minute });
  const other = await TestNode.start(chain, { webSocket: false });
  t.after(() => other.close());
  Object.assign(client.rpc, { nodes: [node.address, other.address] });
  chain.append();
  for (const instead of [
    { status: 502, text: 'Bad Gateway' },
    { status: 200, text: 'null' },
  ]) {
    Object.assign(client.rpc, { turn: 0 });
    node.instead = instead;
    const blocks = client.blocks(1n);
    assert.equal((await blocks.next()).value!.header.height, 1n);
    await blocks.return();
  }
});

test('a block of other transactions, or of another height, is a lie', async (t) => {
  const { chain, node, client } = await start(t, { pollMs: 5 });
  chain.append('a', 'b');
  chain.append('c');
  const refused = async (reason: 'bad_proof' | 'bad_header') =>
    assert.rejects(client.blocks(1n).next(), (error) => isPcqError(error, reason));
  node.bend = (method, params, honest) => {
    const block = honest(method, params) as { transactions: string[] };
    return { ...block, transactions: block.transactions.slice(1) };
  };
  await refused('bad_proof');
  node.bend = (method, params, honest) => {
    const block = honest(method, params) as { transactions: string[] };
    return { ...block, transactions: [...block.transactions].reverse() };
  };
  await refused('bad_proof');
  node.bend = (method, _, honest) => honest(method, { height: '2' });
  await refused('bad_header');
  node.bend = undefined;
  const reader = new VerifiedReader(new RpcClient(node.address), chain.genesis);
  assert.equal((await reader.header()).height, 2n);
  node.bend = (method, _, honest) => honest(method, { height: '1' });
  await assert.rejects(reader.header(), (error) => isPcqError(error, 'answer_stale'));
  node.bend = undefined;
  assert.equal((await reader.header(1n)).height, 1n, 'asked for by height it is no lie');
});
