// What auditors have attested, judged by certified headers: the readers are stand-ins that have verified everything.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { create } from '@bufbuild/protobuf';
import {
  type Attestation,
  AttestationSchema,
  AttestationsSchema,
  encode,
  Header,
  isPcqError,
  PcqError,
  readAttestations,
  toHex,
  TotalsSchema,
} from 'pcq-client';

import { TestChain } from './test_chain.js';

const made = await TestChain.make();
for (const name of ['a', 'b', 'c']) made.append(name);
const { chain } = made.genesis;
const headers = made.blocks.map(({ header }) => Header.from(header, chain));
const elsewhere = new Uint8Array(32).fill(7);
const auditor = new Uint8Array(32).fill(9);

function readerOf(attestations: Attestation[] | undefined) {
  const value =
    attestations === undefined
      ? null
      : encode(AttestationsSchema, create(AttestationsSchema, { attestations }));
  return {
    chain: toHex(chain),
    read: () => Promise.resolve({ header: headers[2]!, values: [value] }),
    header: (height?: bigint) => {
      const found = headers[Number(height ?? 3n) - 1];
      return found === undefined
        ? Promise.reject(new PcqError('not_found', 'no such block'))
        : Promise.resolve(found);
    },
  };
}

type Changes = Partial<Pick<Attestation, 'chain' | 'auditor' | 'blockHash' | 'totals'>>;

function attested(height: number, change: Changes = {}): Attestation {
  const blockHash = headers[height - 1]?.hash ?? elsewhere;
  const honest = { chain, auditor, height: BigInt(height), blockHash, timeMs: 5n };
  return create(AttestationSchema, { ...honest, ...change });
}

async function judged(change: Attestation) {
  const { attestations } = await readAttestations(readerOf([change]));
  return attestations[0]!;
}

test('nobody has attested anything, which is proven', async () => {
  assert.deepEqual(await readAttestations(readerOf(undefined)), { header: headers[2], attestations: [] });
});

test('an attestation of the certified block agrees', async () => {
  const one = await judged(attested(2));
  assert.deepEqual([one.verdict, one.why, one.height, one.newest, one.timeMs], ['agrees', '', 2n, 3n, 5n]);
  assert.deepEqual([one.auditor, one.totals.depositedUy], [auditor, 0n]);
});

test('one of another block, or of other totals, does not', async () => {
  const block = await judged(attested(2, { blockHash: headers[0]!.hash }));
  assert.equal(block.verdict, 'disagrees');
  assert.match(block.why, new RegExp(toHex(headers[1]!.hash)));
  const totals = encode(TotalsSchema, create(TotalsSchema, { depositedUy: 1n, cashHeldUy: 1n }));
  const sums = await judged(attested(2, { totals }));
  assert.equal(sums.verdict, 'disagrees');
  assert.match(sums.why, /other totals/);
});

test('what cannot be looked up is not called good', async () => {
  const unknown = await judged(attested(2, { chain: elsewhere }));
  assert.deepEqual([unknown.verdict, unknown.newest], ['unchecked', null]);
  const beyond = await judged(attested(9));
  assert.deepEqual([beyond.verdict, beyond.why, beyond.newest], ['unchecked', 'no such block', 3n]);
});

test('a node that lies about a header is not believed', async () => {
  const liar = {
    ...readerOf([attested(2)]),
    header: () => Promise.reject(new PcqError('bad_certificate', 'too few have signed')),
  };
  await assert.rejects(readAttestations(liar), (error) => isPcqError(error, 'bad_certificate'));
  await assert.rejects(judged(attested(2, { auditor: new Uint8Array(3) })), (error) =>
    isPcqError(error, 'bad_encoding'),
  );
});
