// Nodes that answer and are behind: one that is cut off from the others is left, one that a failover leads to is passed
// by, and neither is ever believed to be up to date.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { type AddressInfo } from 'node:net';
import { test, type TestContext } from 'node:test';

import {
  type Action,
  ChainClient,
  type ChainOptions,
  isPcqError,
  type Json,
  SigningKey,
  toHex,
  VerifiedReader,
} from 'pcq-client';
import { WebSocket } from 'ws';

import { TestChain, TestNode } from './test_chain.js';
import { vectors } from './vectors.js';

const document = vectors<{ genesis: string }>('chain').genesis;
const action: Action = { case: 'transferCash', value: { to: new Uint8Array(32).fill(7), amountUy: 1n } };
const seconds = 1_000;
const bound = { timeout: 20 * seconds }; // a client that is held for ever fails

async function nodesOf(t: TestContext, chain: TestChain, count: number, webSocket = false) {
  const nodes: TestNode[] = [];
  for (let i = 0; i < count; ++i) nodes.push(await TestNode.start(chain, { webSocket }));
  t.after(() => Promise.all(nodes.map((node) => node.close())));
  return nodes;
}
function clientOf(chain: TestChain, nodes: string[], options: Partial<ChainOptions> = {}): ChainClient {
  const client = new ChainClient({ nodes, genesis: document, pollMs: 5, reconnectMs: 5, ...options });
  return Object.assign(client, {
    genesis: { ...client.genesis, ...chain.genesis },
    reader: new VerifiedReader(client.rpc, chain.genesis),
  });
}
async function start(t: TestContext, count: number) {
  const chain = await TestChain.make();
  const key = await SigningKey.generate();
  chain.open(key.account());
  const nodes = await nodesOf(t, chain, count);
  const client = clientOf(
    chain,
    nodes.map(({ address }) => address),
  );
  return { chain, nodes, client, key };
}

// No block above this one comes to the node, nor goes from it; what is handed in stays there.
function cutOff(node: TestNode, top: number): void {
  node.bend = (method, params, honest) => {
    if (method === 'submit') return { hash: '00'.repeat(32), status: 'pending' };
    if (method === 'transaction') {
      const fate = honest(method, params) as { height: number } | null;
      return fate !== null && fate.height <= top ? fate : { hash: params['hash']!, status: 'unknown' };
    }
    if (params['height'] === undefined) return honest(method, { ...params, height: `${top}` });
    return Number(params['height']) > top ? null : honest(method, params);
  };
}
async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 2));
}
async function silentNode(t: TestContext) {
  const seen = { requests: 0, address: '' };
  const server = createServer(() => void ++seen.requests);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  seen.address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return seen;
}
function being(reason: 'answer_stale' | 'node_unreachable' | 'not_found') {
  return (error: unknown) => isPcqError(error, reason);
}

test('a node that is cut off does not hold who follows the blocks', bound, async (t) => {
  const { chain, nodes, client } = await start(t, 3);
  for (let i = 0; i < 4; ++i) chain.append();
  cutOff(nodes[0]!, 2);
  cutOff(nodes[1]!, 1);
  const blocks = client.blocks(1n);
  for (let height = 1n; height <= 5n; ++height)
    assert.equal((await blocks.next()).value!.header.height, height);
  assert.equal(client.rpc.node, nodes[2]!.address);
  await blocks.return();
});

test('nor who begins with the next block', bound, async (t) => {
  const { chain, nodes, client } = await start(t, 2);
  chain.append();
  cutOff(nodes[0]!, 1);
  const blocks = client.blocks();
  assert.equal((await blocks.next()).value!.header.height, 2n);
  await blocks.return();
});

test('a node that says that it is ahead and does not prove it has no turn', bound, async (t) => {
  const { chain, nodes, client } = await start(t, 3);
  chain.append();
  cutOff(nodes[0]!, 1);
  const lies: ((honest: { [name: string]: Json }) => Json)[] = [
    (honest) => ({ ...honest, height: 1_000 }),
    (honest) => ({ ...honest, certificate: '' }),
    () => ({}),
  ];
  let told = 0;
  nodes[1]!.bend = (method, params, honest) => {
    assert.equal(method, 'totals', 'it is asked how far it is, and nothing else');
    return lies[told++ % lies.length]!(
      honest(method, { ...params, height: '1' }) as { [name: string]: Json },
    );
  };
  nodes[2]!.instead = { status: 502, text: '' };
  const blocks = client.blocks(2n);
  const second = blocks.next();
  await until(() => told >= lies.length);
  assert.equal(client.rpc.node, nodes[0]!.address);
  nodes[2]!.instead = undefined;
  assert.equal((await second).value!.header.height, 2n);
  await blocks.return();
});

test('a silent node holds up nobody who looks for a better one', bound, async (t) => {
  const { chain, nodes } = await start(t, 1);
  const silent = await silentNode(t);
  const client = clientOf(chain, [nodes[0]!.address, silent.address]);
  const blocks = client.blocks();
  const next = blocks.next();
  await until(() => silent.requests > 0); // and it does not answer
  const before = Date.now();
  chain.append();
  assert.equal((await next).value!.header.height, 2n);
  assert.ok(Date.now() - before < 2 * seconds);
  assert.equal(client.rpc.node, nodes[0]!.address);
  await blocks.return();
});

test('where no node has more, the node stays, and the others are asked now and then', bound, async (t) => {
  const { chain, nodes, client } = await start(t, 2);
  const blocks = client.blocks();
  const next = blocks.next();
  await until(() => nodes[1]!.requests === 2);
  assert.equal(client.rpc.node, nodes[0]!.address);
  assert.ok(nodes[0]!.requests > 4 * nodes[1]!.requests);
  chain.append();
  assert.equal((await next).value!.header.height, 2n);
  await blocks.return();
});

test('who listens for blocks listens to the node that has them', bound, async (t) => {
  const chain = await TestChain.make();
  chain.append();
  const nodes = await nodesOf(t, chain, 2, true);
  const client = clientOf(
    chain,
    nodes.map(({ address }) => address),
    { pollMs: 30, webSocket: WebSocket as unknown as typeof globalThis.WebSocket },
  );
  const blocks = client.blocks();
  const next = blocks.next();
  await until(() => nodes[0]!.subscriptions === 1);
  cutOff(nodes[0]!, 1);
  chain.append();
  assert.equal((await next).value!.header.height, 2n);
  const third = blocks.next();
  await until(() => nodes[1]!.subscriptions === 1);
  await until(() => nodes[0]!.listeners === 0);
  chain.append();
  nodes[1]!.notify();
  assert.equal((await third).value!.header.height, 3n);
  await blocks.return();
});

test('a transaction is waited for at a node that has it', bound, async (t) => {
  const { chain, nodes, client, key } = await start(t, 2);
  const signed = await client.sign(await client.wallet(key), action);
  chain.commit(signed.bytes);
  cutOff(nodes[0]!, 1);
  const awaited = await client.await(signed.hash, 15 * seconds);
  assert.ok(awaited.status === 'final' && awaited.header.height === 2n);
});

test('a node that is cut off keeps no transaction for itself', bound, async (t) => {
  const { chain, nodes, client, key } = await start(t, 2);
  const wallet = await client.wallet(key);
  cutOff(nodes[0]!, 1);
  const done = await client.act(wallet, action, 5 * seconds);
  assert.ok(done.status === 'final' && done.header.height === 2n);
  assert.equal(chain.blocks.length, 2);
});

test('what is over is found out in spite of a node that is cut off', bound, async (t) => {
  const { chain, nodes, client, key } = await start(t, 2);
  const wallet = await client.wallet(key);
  const [lost, other] = [await wallet.sign(action, 3n), await client.sign(wallet, action)];
  chain.commit(other.bytes);
  chain.append();
  cutOff(nodes[0]!, 1);
  for (const [signed, fate] of [
    [lost, 'never'],
    [other, 'final'],
  ] as const) {
    client.rpc.turnTo(nodes[0]!.address);
    let settled = await client.settle(wallet, signed);
    while (settled.status === 'undecided') {
      await new Promise((resolve) => setTimeout(resolve, 20));
      settled = await client.settle(wallet, signed);
    }
    assert.equal(settled.status, fate);
  }
});

test('after a failover to a node that is behind, the next one is asked', bound, async (t) => {
  const { chain, nodes, client, key } = await start(t, 3);
  chain.append();
  assert.equal((await client.reader.header()).height, 2n);
  nodes[0]!.instead = { status: 502, text: '' };
  cutOff(nodes[1]!, 1);
  const again = () => client.rpc.turnTo(nodes[0]!.address);
  again();
  assert.equal((await client.reader.header()).height, 2n);
  again();
  const wallet = await client.wallet(key);
  again();
  assert.equal((await client.sign(wallet, action)).signedAfter, 2n);
  again();
  const reads = await Promise.all(Array.from({ length: 20 }, () => client.reader.header()));
  assert.ok(reads.every(({ height }) => height === 2n));
  again();
  assert.equal((await client.reader.header(2n)).height, 2n, 'a height that has been proven to be there');
  again();
  assert.equal((await client.reader.block(2n)).header.height, 2n);
});

test('that nodes are behind is said when all are, each asked once', bound, async (t) => {
  const { chain, nodes, client } = await start(t, 3);
  chain.append();
  assert.equal((await client.reader.header()).height, 2n);
  for (const node of nodes) cutOff(node, 1);
  const asked = () => nodes.map(({ requests }) => requests);
  for (const [question, reason] of [
    [() => client.reader.header(), 'answer_stale'],
    [() => client.reader.block(2n), 'not_found'],
  ] as const) {
    const before = asked();
    await assert.rejects(question(), being(reason));
    assert.deepEqual(
      asked(),
      before.map((count) => count + 1),
    );
    for (const away of nodes) {
      away.instead = { status: 502, text: '' };
      await assert.rejects(question(), being('node_unreachable'), 'one that is away may not be behind');
      away.instead = undefined;
    }
  }
  const before = asked();
  await assert.rejects(client.reader.block(3n), being('not_found'));
  assert.equal(
    asked().reduce((a, b) => a + b),
    before.reduce((a, b) => a + b) + 1,
    'nothing says that block 3 is anywhere',
  );
});

test('an answer that says nothing has the next node asked', bound, async (t) => {
  const { nodes, client, key } = await start(t, 2);
  nodes[0]!.bend = () => ({});
  const wallet = await client.wallet(key);
  assert.equal(toHex(wallet.account), toHex(key.account()));
});
