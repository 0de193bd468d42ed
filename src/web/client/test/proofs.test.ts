// What convinces somebody who trusts nothing but a genesis document: the vectors of C++, refused in its words, and
// every byte of them changed.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import {
  ChainKind,
  decode,
  encode,
  genesisHeader,
  HeaderSchema,
  isPcqError,
  LightClient,
  type Json,
  listRoot,
  PcqError,
  quorum,
  readGenesis,
  type RpcClient,
  sha256,
  tables,
  taggedHash,
  toBase64,
  toHex,
  VerifiedReader,
  verifyRange,
  verifyStateProof,
} from 'pcq-client';

import { TestChain } from './test_chain.js';
import { assertRefused, flipped, hex, type Refused, vectors } from './vectors.js';

interface Certified {
  height: number;
  hash: string;
  header: string;
  certificate: string;
}
const chain = vectors<{
  genesis: string;
  chain: string;
  validators_hash: string;
  headers: Certified[];
  changes: (Certified & { validators: string })[];
  refused: (Refused & Certified)[];
}>('chain');
const proofs = vectors<{
  root: string;
  proofs: { key: string; value: string | null; proof: string }[];
  refused: (Refused & { key: string; value: string | null; proof: string })[];
}>('state_proofs');
const lists = vectors<{
  empty: string;
  lists: { hashes: string[]; root: string; ranges: { first: number; size: number; proof: string[] }[] }[];
  refused: (Refused & { root: string; count: number; first: number; run: string[]; proof: string[] })[];
}>('lists');

const genesis = readGenesis(chain.genesis);

function newClient(): LightClient {
  return new LightClient(genesis.chain, genesis.validators);
}
function succession({ header, certificate, validators }: (typeof chain.changes)[number]) {
  return { header: hex(header), certificate: hex(certificate), validators: hex(validators) };
}
function followed(): LightClient {
  const client = newClient();
  for (const change of chain.changes) client.follow(succession(change));
  return client;
}

// A node that says this to everything.
function answering(answer: Json): RpcClient {
  const callFor: RpcClient['callFor'] = async (_method, _params, read) => read(answer);
  return { callFor } as RpcClient;
}

const blocks0 = vectors<{ genesis: { document: string; header: string }[] }>('genesis').genesis;

test('block 0 follows from the genesis document, as C++ makes it', () => {
  const documents = blocks0.map(({ document }) => readGenesis(document));
  assert.deepEqual(
    documents.map(({ fields }) => fields.kind),
    [ChainKind.MAIN, ChainKind.SIDE],
  );
  assert.deepEqual(
    documents.map((document) => toHex(genesisHeader(document).bytes)),
    blocks0.map(({ header }) => header),
  );
});

test('a reader believes block 0 of its document without a certificate, and no other', async () => {
  const [main, side] = blocks0.map(({ document, header }) => ({
    genesis: readGenesis(document),
    header: hex(header),
  }));
  const shown = (header: Uint8Array, certificate = new Uint8Array()) => {
    const rpc = answering({ header: toBase64(header), certificate: toBase64(certificate) });
    return new VerifiedReader(rpc, main!.genesis).header();
  };
  assert.equal((await shown(main!.header)).height, 0n);
  const fields = decode(HeaderSchema, main!.header)!;
  const bent = encode(HeaderSchema, { ...fields, stateRoot: fields.receiptsRoot });
  for (const header of [bent, side!.header])
    await assert.rejects(shown(header), (error) => isPcqError(error, 'bad_header'));
  const later = encode(HeaderSchema, { ...fields, height: 1n });
  for (const [header, certificate] of [
    [later, undefined],
    [main!.header, Uint8Array.of(1)],
  ] as const)
    await assert.rejects(shown(header, certificate), (error) => isPcqError(error, 'bad_certificate'));
});

test('a genesis document has the chain and the validators that C++ sees in it', () => {
  assert.equal(toHex(genesis.chain), chain.chain);
  assert.equal(toHex(genesis.validators.hash(genesis.chain)), chain.validators_hash);
  const bytes = new TextEncoder().encode(chain.genesis);
  assert.deepEqual(readGenesis(bytes).chain, genesis.chain);
  const broken = [
    '',
    '{}',
    '[]',
    chain.genesis.replace('"format":1', '"format":2'),
    chain.genesis.replace('CHAIN_KIND_MAIN', 'CHAIN_KIND_MOON'),
    chain.genesis.replace('"validators"', '"validatorz"'),
    chain.genesis.replace(/"publicKey":/, '"publicKeys":'),
    chain.genesis.replace('KEY_TYPE_ED25519', 'KEY_TYPE_P256'),
  ];
  for (const document of broken)
    assert.throws(
      () => readGenesis(document),
      (error) => isPcqError(error, 'bad_encoding'),
      document,
    );
});

test('a quorum is that of docs/consensus.md', () => {
  assert.deepEqual([4, 5, 6, 7, 10, 100].map(quorum), [3, 4, 4, 5, 7, 67]);
});

test('headers are certified by the sets that follow from the genesis document', () => {
  const client = followed();
  assert.equal(client.setCount, 3);
  for (const { height, hash, header, certificate } of [...chain.headers, ...chain.changes]) {
    const verified = client.verify(hex(header), hex(certificate));
    assert.deepEqual([verified.height, toHex(verified.hash)], [BigInt(height), hash]);
    assert.deepEqual(verified.bytes, hex(header));
  }
});

test('a header of a set that was not followed to is not believed', () => {
  const client = newClient();
  const unknown = (error: unknown) => isPcqError(error, 'validators_unknown');
  const late = chain.headers.filter(({ height }) => height > chain.changes[0]!.height);
  for (const { header, certificate } of late)
    assert.throws(() => client.verify(hex(header), hex(certificate)), unknown);
  assert.throws(() => client.follow(succession(chain.changes[1]!)), unknown, 'one change was left out');
  client.follow(succession(chain.changes[0]!));
  assert.throws(
    () => client.follow(succession(chain.changes[0]!)),
    (error) => isPcqError(error, 'bad_header'),
    'twice',
  );
  const later = new LightClient(genesis.chain, genesis.validators, 6n);
  const { header, certificate } = chain.headers[0]!;
  assert.throws(() => later.verify(hex(header), hex(certificate)), unknown, 'before the first set');
});

test('what C++ refuses is refused in its words', () => {
  const client = followed();
  for (const refused of chain.refused)
    assertRefused(() => client.verify(hex(refused.header), hex(refused.certificate)), refused);
});

test('one flipped bit anywhere in a header or certificate is refused', () => {
  const client = followed();
  for (const { header, certificate } of [chain.headers[0]!, chain.headers.at(-1)!]) {
    for (const other of flipped(hex(header)))
      assert.throws(() => client.verify(other, hex(certificate)), isPcqError);
    for (const other of flipped(hex(certificate)))
      assert.throws(() => client.verify(hex(header), other), isPcqError);
  }
});

test('one flipped bit anywhere in a change of the validators is refused', () => {
  const change = succession(chain.changes[0]!);
  for (const part of ['header', 'certificate', 'validators'] as const) {
    for (const other of flipped(change[part])) {
      const client = newClient();
      assert.throws(() => client.follow({ ...change, [part]: other }), isPcqError, part);
      assert.equal(client.setCount, 1);
    }
  }
});

test('state proofs show presence and absence', () => {
  const root = hex(proofs.root);
  assert.ok(proofs.proofs.some(({ value }) => value === null));
  for (const { key, value, proof } of proofs.proofs) {
    verifyStateProof(root, hex(key), value === null ? null : hex(value), hex(proof));
    for (const other of flipped(hex(proof)))
      assert.throws(
        () => verifyStateProof(root, hex(key), value === null ? null : hex(value), other),
        (error) => isPcqError(error, 'bad_proof'),
      );
    const wrong = value === null ? hex('00') : null;
    assert.throws(() => verifyStateProof(root, hex(key), wrong, hex(proof)), PcqError);
    if (value === null) continue;
    for (const other of flipped(hex(value)))
      assert.throws(() => verifyStateProof(root, hex(key), other, hex(proof)), PcqError);
    for (const other of flipped(hex(key)))
      assert.throws(() => verifyStateProof(root, other, hex(value), hex(proof)), PcqError);
  }
});

test('state proofs are refused in the words of C++', () => {
  for (const refused of proofs.refused) {
    const value = refused.value === null ? null : hex(refused.value);
    assertRefused(
      () => verifyStateProof(hex(proofs.root), hex(refused.key), value, hex(refused.proof)),
      refused,
    );
  }
});

test('runs of a list are where they are', () => {
  assert.equal(toHex(listRoot([])), lists.empty);
  for (const { hashes, root, ranges } of lists.lists) {
    const all = hashes.map((hash) => hex(hash));
    assert.equal(toHex(listRoot(all)), root);
    for (const { first, size, proof } of ranges) {
      const run = all.slice(first, first + size);
      const path = proof.map((hash) => hex(hash));
      verifyRange(hex(root), all.length, first, run, path);
      path.forEach((hash, i) => {
        for (const other of flipped(hash))
          assert.throws(
            () =>
              verifyRange(
                hex(root),
                all.length,
                first,
                run,
                path.map((kept, j) => (j === i ? other : kept)),
              ),
            PcqError,
          );
      });
    }
  }
  for (const refused of lists.refused) {
    const { root, count, first } = refused;
    const hashes = (list: string[]) => list.map((hash) => hex(hash));
    assertRefused(
      () => verifyRange(hex(root), count, first, hashes(refused.run), hashes(refused.proof)),
      refused,
    );
  }
  for (const odd of [Number.NaN, -1, 0.5, 2 ** 40])
    assert.throws(() => verifyRange(hex(lists.empty), odd, 0, [hex(lists.empty)], []), PcqError);
});

test('keys of the state are those of contracts/tables.h', () => {
  const given = vectors<{
    id: string;
    period: number;
    number: number;
    large: number;
    name: string;
    keys: Record<string, string>;
  }>('tables');
  const id = hex(given.id);
  const { period, number, name } = given;
  const large = BigInt(given.large);
  const keys = {
    accounts: tables.accounts.key(id),
    registry: tables.registry.key(),
    accountByNumber: tables.accountByNumber.key(large),
    freezes: tables.freezes.key(id),
    trusted: tables.trusted.key(id),
    days: tables.days.key(id),
    periods: tables.periods.key(period),
    periodList: tables.periodList.key(),
    vintageTotals: tables.vintageTotals.key(period),
    batches: tables.batches.key(id, period, number),
    holdings: tables.holdings.key(id, period),
    waiting: tables.waiting.key(id, period),
    reserves: tables.reserves.key(period),
    allocationRules: tables.allocationRules.key(number, name),
    emissions: tables.emissions.key(id, period),
    corrections: tables.corrections.key(large),
    disputes: tables.disputes.key(large),
    methodologies: tables.methodologies.key(number, name),
    credits: tables.credits.key(id, period),
    creditTotals: tables.creditTotals.key(period),
    cash: tables.cash.key(id),
    cashTotals: tables.cashTotals.key(),
    debts: tables.debts.key(id, period),
    liabilities: tables.liabilities.key(id),
    costs: tables.costs.key(),
    epochs: tables.epochs.key(period, number),
    service: tables.service.key(),
    fees: tables.fees.key(period),
    members: tables.members.key(id, period),
    books: tables.books.key(period),
    orders: tables.orders.key(id),
    orderLists: tables.orderLists.key(id, period),
    orderBooks: tables.orderBooks.key(period),
    settlements: tables.settlements.key(id, period),
    periodReports: tables.periodReports.key(id, period),
    periodSums: tables.periodSums.key(period),
    obligations: tables.obligations.key(id),
    clawbacks: tables.clawbacks.key(large),
    foreignChains: tables.foreignChains.key(id),
    anchors: tables.anchors.key(id, large),
    latestAnchor: tables.latestAnchor.key(id),
    chain: tables.chain.key(),
    voters: tables.voters.key(),
    proposals: tables.proposals.key(large),
    proposalCount: tables.proposalCount.key(),
    parameterHistory: tables.parameterHistory.key(number),
    parameterCount: tables.parameterCount.key(),
    pauses: tables.pauses.key(large),
    pauseCount: tables.pauseCount.key(),
    validatorSets: tables.validatorSets.key(number),
    validatorSetCount: tables.validatorSetCount.key(),
    attestations: tables.attestations.key(),
  };
  assert.deepEqual(Object.keys(keys).sort(), Object.keys(tables).sort(), 'every table is held to C++');
  const text = Object.fromEntries(Object.entries(keys).map(([table, key]) => [table, toHex(key)]));
  assert.deepEqual(text, given.keys);
  assert.throws(
    () => tables.cash.key(new Uint8Array(31)),
    (error) => isPcqError(error, 'bad_argument'),
  );
  assert.throws(
    () => tables.fees.key(-1),
    (error) => isPcqError(error, 'bad_argument'),
  );
});

// The root of a list is that of longer lists as well, whose left part nobody has seen: the header alone says how many there are.
test('a transaction has the place in its block that the header leaves it, whatever the node counts', async () => {
  const chainOfTwo = await TestChain.make();
  const [first, last] = [1, 2].map((byte) => sha256(Uint8Array.of(byte))) as [Uint8Array, Uint8Array];
  for (const works of [false, true]) chainOfTwo.carryOut([first, last], works);
  const shown = async (works: boolean, told: { [name: string]: Json } = {}) => {
    const { header, certificate, receipts } = chainOfTwo.blocks[Number(works)]!;
    const leaf = (i: number) =>
      toHex(listRoot([taggedHash('receipt', chainOfTwo.genesis.chain, receipts[i]!)]));
    const proof = {
      header: toBase64(header),
      certificate: toBase64(certificate),
      index: 1,
      transaction_count: 2,
      transaction_path: [toHex(listRoot([first]))],
      receipt_count: receipts.length,
      receipt_path: works ? [leaf(0), leaf(2)] : [leaf(0)],
      receipt: toBase64(receipts[1]!),
      ...told,
    };
    const rpc = answering({ status: 'committed', proof });
    return (await new VerifiedReader(rpc, chainOfTwo.genesis).transaction(last)).index;
  };
  assert.equal(await shown(false), 1);
  assert.equal(await shown(true), 1, "the receipt of the block's own work is one more");

  const refused = (error: unknown) => isPcqError(error, 'bad_proof');
  for (const index of [2, 4, 8, 65_536]) {
    const count = index + 1;
    await assert.rejects(
      shown(false, { index, transaction_count: count, receipt_count: count }),
      refused,
      `place ${index}`,
    );
  }
  await assert.rejects(shown(false, { transaction_count: 1 }), refused, 'fewer');
  for (const receipt_count of [1, 4])
    await assert.rejects(shown(false, { receipt_count }), refused, 'receipts');
});
