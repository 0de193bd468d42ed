// A network in which nobody has signed anything yet: its first block follows from the genesis document, and all the same
// the node need not be believed.
import assert from 'node:assert/strict';

import { ChainClient, tables } from 'pcq-client';

import type { Network } from './network.js';

export async function readAtHeight0(network: Network): Promise<void> {
  for (const kind of ['main', 'side'] as const) {
    const chain = new ChainClient({ nodes: network.nodes, genesis: network.genesis(kind) });
    const { header, values } = await chain.reader.read([tables.chain.key(), tables.periodList.key()]);
    assert.equal(header.height, 0n, kind);
    assert.ok(values[0] !== null && values[1] === null, kind);
    assert.deepEqual((await chain.reader.block(0n)).header.hash, header.hash);
    assert.deepEqual((await chain.attestations()).attestations, []);
  }
}
