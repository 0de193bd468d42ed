// A person's statement with every movement, at a real network: it holds for pcq as well, and a node that leaves a movement
// out does not get far.
import assert from 'node:assert/strict';
import { after } from 'node:test';

import {
  ChainClient,
  checkStatement,
  isPcqError,
  movementsByBlock,
  type SigningKey,
  tables,
  toHex,
} from 'pcq-client';

import { LyingProxy } from './lying_proxy.js';
import { type Network, period } from './network.js';

export async function stateAll(network: Network, seller: SigningKey): Promise<void> {
  const chain = new ChainClient({ nodes: network.nodes, genesis: network.genesis() });
  const wallet = await chain.wallet(seller);
  const sold = await chain.act(wallet, { case: 'sellSurplus', value: { period, grams: 3n } });
  assert.ok(sold.status === 'final' && sold.receipt.code === 0);
  const text = await chain.statement(seller.account(), period, { movements: true });
  const genesis = network.file('net/side.json');
  const checked = await network.run('audit', 'check', network.file('mine.json', text), '--genesis', genesis);
  assert.match(checked, /complete/);
  const statement = checkStatement(text, chain.genesis);
  const { holding, cash } = statement.movements!;
  const record = await chain.reader.record(tables.holdings, [seller.account(), period]);
  assert.equal(BigInt(holding.length), record!.movements!.count);
  const movements = movementsByBlock(statement);
  const last = movements.at(-1)!;
  assert.equal(last.height, sold.header.height);
  assert.deepEqual(last.holding, [{ what: 'soldG', by: 3n }]);
  assert.deepEqual(
    last.cash.map(({ what, by }) => [what, by > 0n]),
    [['balanceUy', true]],
  );
  assert.ok(movements.length >= Math.max(holding.length, cash.length));
  await assert.rejects(chain.certificate(seller.account(), period), (error) =>
    isPcqError(error, 'not_found'),
  );

  const proxy = await LyingProxy.start(network.nodes[0]!);
  after(() => proxy.close());
  const newest = holding.at(-1)!;
  // The block before the newest movement is said to have the record of the movement before that one.
  proxy.lie = async (method, params, honest, ask) => {
    const [key] = params['keys'] as string[];
    const asked = Number(params['height']);
    const isHolding = key === toHex(tables.holdings.key(seller.account(), period));
    if (method !== 'state' || !isHolding || BigInt(asked) !== newest.movements!.height - 1n) return honest();
    const before = Number(holding.at(-2)!.movements!.height) - 1;
    return ask(method, { ...params, height: before });
  };
  const deceived = new ChainClient({ nodes: proxy.address, genesis: network.genesis() });
  await assert.rejects(deceived.statement(seller.account(), period, { movements: true }), (error) =>
    isPcqError(error, 'bad_proof'),
  );
}
