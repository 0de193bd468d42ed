// A node of a real network that lies about what became of a sale: it is made once.
import assert from 'node:assert/strict';
import { after } from 'node:test';

import { ChainClient, type Json, type SigningKey, tables, toHex } from 'pcq-client';

import { LyingProxy } from './lying_proxy.js';
import { type Network, period } from './network.js';

const action = { case: 'sellSurplus', value: { period, grams: 1n, priceMinUyPerKg: 1n } } as const;

async function start(network: Network, seller: SigningKey) {
  const proxy = await LyingProxy.start(network.nodes[0]!);
  after(() => proxy.close());
  const client = (nodes: string | string[]) => new ChainClient({ nodes, genesis: network.genesis() });
  const chain = client(proxy.address);
  return { proxy, chain, honest: client(network.nodes), wallet: await chain.wallet(seller) };
}

/** "Final", and the transaction stays with the node. */
export async function keepForItself(network: Network, seller: SigningKey, other: Uint8Array): Promise<void> {
  const { proxy, chain, honest, wallet } = await start(network, seller);
  const receipt = { code: 0, name: 'ok', text: 'sold' };
  proxy.lie = async (method, params, ask) => {
    if (method !== 'submit') return ask();
    const hash = toHex(other); // of any other one
    return { hash, status: 'committed', height: 1, index: 0, receipt: { ...receipt, of: params['chain']! } };
  };
  const kept = await chain.act(wallet, action, 500);
  assert.ok(kept.status === 'undecided');
  // An honest node brings the same transaction to its end; nothing is sold twice.
  proxy.lie = undefined;
  assert.equal((await chain.submit(wallet, kept.signed)).status, 'final');
  const again = await honest.submit(wallet, kept.signed);
  assert.equal(again.status, 'final', 'sent again it has the same fate');
}

/** "Expired" or "sequence used", and the node has passed it on and keeps the proof back. */
export async function passOnAndDeny(network: Network, seller: SigningKey): Promise<void> {
  const { proxy, chain, honest, wallet } = await start(network, seller);
  const sold = async () => (await honest.reader.record(tables.holdings, [seller.account(), period]))!.soldG;
  const reason = { code: 2004, name: 'transaction_sequence_used', message: 'it has been used' };
  for (const lie of [{ status: 'expired' }, { status: 'rejected', reason }]) {
    const before = await sold();
    proxy.lie = async (method, params, ask) => {
      const answer = (await ask()) as { [name: string]: Json };
      if (method === 'submit') return { ...lie, hash: answer['hash']! };
      return method === 'transaction' ? { hash: params['hash']!, status: 'unknown' } : answer;
    };
    const told = await chain.act(wallet, action, 1_500);
    assert.ok(told.status === 'undecided' && told.height !== undefined, 'proven to be in a block');
    proxy.lie = undefined;
    const done = await chain.submit(wallet, told.signed);
    assert.ok(done.status === 'final' && done.receipt.code === 0 && done.header.height === told.height);
    assert.equal(await sold(), before + 1n);
  }
}
