// What becomes of a transaction, at a node that lies about it: nothing is given up, and nothing signed a second time,
// before it is proven that the first can never be final.
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';

import {
  type Action,
  ChainClient,
  isPcqError,
  type Json,
  PcqError,
  type Reason,
  SigningKey,
  toHex,
  VerifiedReader,
  Wallet,
} from 'pcq-client';

import { TestChain, TestNode } from './test_chain.js';
import { vectors } from './vectors.js';

const document = vectors<{ genesis: string }>('chain').genesis;
const action: Action = { case: 'transferCash', value: { to: new Uint8Array(32).fill(7), amountUy: 1n } };
const shortMs = 600;

async function start(t: TestContext, nodeCount = 1) {
  const chain = await TestChain.make();
  const key = await SigningKey.generate();
  chain.open(key.account());
  const nodes: TestNode[] = [];
  for (let i = 0; i < nodeCount; ++i) nodes.push(await TestNode.start(chain, { webSocket: false }));
  t.after(() => Promise.all(nodes.map((node) => node.close())));
  const client = new ChainClient({ nodes: nodes.map(({ address }) => address), genesis: document });
  Object.assign(client, {
    genesis: { ...client.genesis, ...chain.genesis },
    reader: new VerifiedReader(client.rpc, chain.genesis),
  });
  return { chain, nodes, node: nodes[0]!, client, key, wallet: await client.wallet(key) };
}

function being(reason: Reason) {
  return (error: unknown) => isPcqError(error, reason);
}
function transactionsIn({ blocks }: TestChain): string[] {
  return blocks.flatMap(({ transactions }) => transactions.map(toHex));
}

// Ways to say that it is over: as a fate, or as a refusal.
const lies: { [what: string]: (hash: Json) => Json } = {
  expired: (hash) => ({ hash, status: 'expired' }),
  'rejected, the sequence is used': (hash) => ({
    hash,
    status: 'rejected',
    reason: { code: 2004, name: 'transaction_sequence_used', message: 'sequence 1 has been used' },
  }),
  'refused, the sequence is used': () => {
    throw new PcqError('transaction_sequence_used', 'sequence 1 has been used');
  },
  'refused, it is expired': () => {
    throw new PcqError('transaction_expired', 'valid until 3');
  },
  'refused, the account is frozen': () => {
    throw new PcqError({ code: 2008, name: 'account_not_open' }, 'the account is frozen');
  },
  'committed, and no proof': (hash) => ({
    hash,
    status: 'committed',
    height: 2,
    index: 0,
    receipt: { code: 0, name: 'ok', text: 'done' },
  }),
};

for (const [what, lie] of Object.entries(lies)) {
  test(`a node that passes it on and says "${what}" makes nobody sign it anew`, async (t) => {
    const { chain, node, client, wallet } = await start(t);
    // It keeps the proof back as well, so that what is left is the account's record and the blocks.
    node.bend = (method, params, honest) => {
      if (method === 'transaction') return { hash: params['hash']!, status: 'unknown' };
      const answer = honest(method, params);
      return method === 'submit' ? lie((answer as { hash: string }).hash) : answer;
    };
    const first = await client.act(wallet, action, shortMs);
    assert.equal(first.status, 'undecided');
    assert.ok(first.status === 'undecided');
    assert.equal(first.height, 2n, 'that it is in a block is proven all the same');

    node.bend = undefined;
    const again = await client.submit(wallet, first.signed, shortMs);
    assert.ok(again.status === 'final' && again.header.height === 2n && again.receipt.text === 'done');
    assert.deepEqual(transactionsIn(chain), [toHex(first.hash)], 'carried out once');
    assert.deepEqual(new Set(node.handedIn), new Set([toHex(first.hash)]), 'and nothing else was sent');
  });

  test(`a node that keeps it and says "${what}" has the same one sent again`, async (t) => {
    const { chain, node, client, wallet } = await start(t);
    const signed = await client.sign(wallet, action);
    node.bend = (method, params, honest) =>
      method === 'submit' ? lie(toHex(signed.hash)) : honest(method, params);
    const first = await client.submit(wallet, signed, shortMs);
    assert.ok(first.status === 'undecided' && first.height === undefined);
    if (!what.startsWith('committed')) assert.ok(first.refusal instanceof PcqError, 'the reason is told');
    assert.deepEqual(transactionsIn(chain), []);
    node.bend = undefined;
    assert.equal((await client.submit(wallet, signed, shortMs)).status, 'final');
    assert.deepEqual(transactionsIn(chain), [toHex(signed.hash)]);
  });
}

test('the next node is asked when one refuses, and brings it to its end', async (t) => {
  const { nodes, client, wallet } = await start(t, 2);
  nodes[0]!.bend = (method, params, honest) =>
    method === 'submit' ? lies['refused, the account is frozen']!(null) : honest(method, params);
  assert.equal((await client.act(wallet, action)).status, 'final');
});

test('expired is what a proven header and an unused sequence say', async (t) => {
  const { chain, client, wallet } = await start(t);
  const signed = await wallet.sign(action, 3n);
  assert.equal((await client.settle(wallet, signed)).status, 'undecided');
  chain.append();
  chain.append();
  assert.equal(chain.blocks.length, 3);
  const settled = await client.settle(wallet, signed);
  assert.ok(settled.status === 'never' && settled.why.reason === 'transaction_expired');
  await assert.rejects(client.submit(wallet, signed, shortMs), being('transaction_expired'));
});

test('a sequence that another transaction has used is proven to be gone, at whatever height', async (t) => {
  const { chain, client, key, wallet } = await start(t);
  const elsewhere = new Wallet(client.chain, key);
  for (let blocks = 0; blocks < 7; ++blocks) {
    const mine = await client.sign(wallet, action);
    elsewhere.learn({ sequenceTop: mine.sequence - 1n });
    for (let i = 0; i < blocks; ++i) chain.append();
    chain.commit((await elsewhere.sign(action, 1_000n)).bytes);
    for (let i = 0; i < 7 - blocks; ++i) chain.append();
    const settled = await client.settle(wallet, mine);
    assert.ok(settled.status === 'never' && settled.why.reason === 'transaction_sequence_used');
    await assert.rejects(client.submit(wallet, mine, shortMs), being('transaction_sequence_used'));
  }
});

test('a transaction is found in its block, at whatever height', async (t) => {
  const { chain, node, client, wallet } = await start(t);
  node.bend = (method, params, honest) =>
    method === 'transaction' ? { hash: params['hash']!, status: 'unknown' } : honest(method, params);
  for (let blocks = 0; blocks < 7; ++blocks) {
    const mine = await client.sign(wallet, action);
    for (let i = 0; i < blocks; ++i) chain.append();
    chain.commit(mine.bytes);
    const height = BigInt(chain.blocks.length);
    for (let i = 0; i < 7 - blocks; ++i) chain.append();
    const { signedAfter: _, ...bare } = mine;
    for (const signed of [mine, bare]) {
      const settled = await client.settle(wallet, signed);
      assert.ok(settled.status === 'undecided' && settled.height === height, `${settled.status}`);
    }
    wallet.committed(mine.sequence);
  }
});

test('one that falls out of the window is over, and was not carried out', async (t) => {
  const { chain, client, wallet } = await start(t);
  const old = await client.sign(wallet, action);
  for (let i = 0; i < 255; ++i) await wallet.sign(action, 1_000n);
  wallet.learn({ sequenceTop: 1n }); // as after the first
  wallet.givenUp(1n);
  chain.commit((await wallet.sign(action, 1_000n)).bytes); // the 257th: the first is out of the window
  const settled = await client.settle(wallet, old);
  assert.ok(settled.status === 'never' && settled.why.reason === 'transaction_sequence_used');
});

test('another action in the place of an undecided one: one of the two is carried out', async (t) => {
  const { chain, node, client, wallet } = await start(t);
  const first = await client.sign(wallet, action);
  const other = { ...action, value: { ...action.value, amountUy: 2n } } as Action;
  const second = await client.sign(wallet, other, first);
  assert.equal(second.sequence, first.sequence);
  assert.equal((await client.submit(wallet, second)).status, 'final');
  node.bend = (method, params, honest) =>
    method === 'submit' ? { hash: toHex(first.hash), status: 'pending' } : honest(method, params);
  const settled = await client.settle(wallet, first);
  assert.ok(settled.status === 'never' && settled.why.reason === 'transaction_sequence_used');
  assert.deepEqual(transactionsIn(chain), [toHex(second.hash)]);
});

test('a lie in what would prove it is told, and decides nothing', async (t) => {
  const { node, client, wallet } = await start(t);
  const signed = await client.sign(wallet, action);
  node.bend = (method, params, honest) => {
    if (method === 'submit') return lies['expired']!(toHex(signed.hash));
    const answer = honest(method, params) as { [name: string]: Json };
    return method === 'state' ? { ...answer, records: [{ value: null, proof: '' }] } : answer;
  };
  const first = await client.submit(wallet, signed, shortMs);
  assert.ok(first.status === 'undecided' && first.refusal?.reason === 'bad_proof', 'the lie is told');
});
