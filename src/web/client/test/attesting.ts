// An auditor at a real network: pcq executes both chains again and attests that, and this package judges it.
import assert from 'node:assert/strict';

import { ChainClient, toAddress, toHex } from 'pcq-client';

import { type Network } from './network.js';

export async function attestAndAgree(network: Network): Promise<void> {
  const side = new ChainClient({ nodes: network.nodes, genesis: network.genesis() });
  const documents = ['--genesis', network.file('net/main.json'), network.file('net/side.json')];
  await network.run('audit', 'verify', ...documents, '--attest', network.key('auditor'));
  const main = new ChainClient({ nodes: network.nodes, genesis: network.genesis('main') });
  const { header, attestations } = await side.attestations([main]);
  assert.equal(attestations.length, 2);
  for (const { chain, auditor, verdict, why, height, newest } of attestations) {
    assert.equal(verdict, 'agrees', why);
    assert.equal(toAddress(auditor), await network.addressOf('auditor'));
    assert.ok(height > 0n && height <= newest!);
    if (toHex(chain) === toHex(side.chain)) assert.ok(height < header.height);
  }
  const alone = await side.attestations();
  assert.deepEqual(alone.attestations.map(({ verdict }) => verdict).sort(), ['agrees', 'unchecked']);
}
