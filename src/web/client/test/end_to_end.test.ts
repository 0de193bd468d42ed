// The whole way at a real network of four nodes: a key made here, registered by pcq, quota, a sale, the cash read with
// its proof; the page of README.md, run; and a node that lies in every way it can.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';

import { type OpenRpcDocument, validateOpenRPCDocument } from './openrpc.js';
import { WebSocket } from 'ws';

import {
  accountRequest,
  ChainClient,
  checkStatement,
  decode,
  encode,
  fromAddress,
  fromBase64,
  HeaderSchema,
  isPcqError,
  type Json,
  KeyType,
  type News,
  newKeyFile,
  openKeyFile,
  readGenesis,
  type Reason,
  ReceiptSchema,
  sha256,
  SigningKey,
  tables,
  toBase64,
  toHex,
} from 'pcq-client';

import { readAtHeight0 } from './at_height_0.js';
import { attestAndAgree } from './attesting.js';
import { Line } from './line.js';
import { keepForItself, passOnAndDeny } from './fate_lies.js';
import { type Lie, LyingProxy } from './lying_proxy.js';
import { commitment, Network, period } from './network.js';
import { stateAll } from './stating.js';
import { packageFolder } from './vectors.js';

type Fields = { [name: string]: Json };

let network: Network;
let seller: SigningKey; // Ed25519, emits little
let other: SigningKey; // P-256, emits much
let sale: Uint8Array; // a transaction that is final

function client(nodes: string | string[] = network.nodes): ChainClient {
  return new ChainClient({ nodes, genesis: network.genesis() });
}

before(async () => {
  network = await Network.start();
  await readAtHeight0(network);
  await network.openPeriod();
});
after(() => network.stop());

const blocks = [...readFileSync(join(packageFolder, 'README.md'), 'utf8').matchAll(/```js\n([^]*?)```/g)].map(
  ([, code]) => code!,
);

// A program of README.md, as it stands there but for the address, where the reader's network would be.
async function runReadme(index: number): Promise<string> {
  const file = join(packageFolder, 'dist-test', `readme_${index}.mjs`);
  const platform = await network.addressOf('platform');
  const addresses = network.nodes.map((node) => `'${node}'`).join(', ');
  writeFileSync(
    file,
    blocks[index]!.replace(/'http:\/\/127\.0\.0\.1:8400', 'http:\/\/127\.0\.0\.1:8401'/, addresses).replace(
      'pcq1qplatform',
      platform,
    ),
  );
  return (await promisify(execFile)(process.execPath, [file], { cwd: network.folder })).stdout;
}

test('a person comes onto the chain by README.md, sells, and sees the cash', async () => {
  assert.equal(blocks.length, 2);
  const mine = (await runReadme(0)).trim();
  other = await SigningKey.generate(KeyType.P256);
  const platform = fromAddress(await network.addressOf('platform'));
  const theirs = await accountRequest(client().chain, platform, other, commitment('other'));
  await network.admit([mine, theirs]);

  const said = await runReadme(1);
  assert.match(said, /sold .*5\.000 kg/);
  assert.match(said, /cash \d+ uy after block \d+/);

  seller = await openKeyFile(readFileSync(network.file('me.pem'), 'utf8'), 'correct horse');
  const chain = client();
  const cash = await chain.reader.record(tables.cash, [seller.account()]);
  const seen = (await chain.ask('account', { account: seller.address() })) as Fields;
  assert.equal(cash!.balanceUy.toString(), seen['balance_uy'], 'what is proven is what the node says');
  const holding = await chain.reader.record(tables.holdings, [seller.account(), period]);
  assert.equal(holding!.soldG, 5_000n);
});

test('keys go from here to pcq and back', async () => {
  const passphrase = network.file('passphrase', 'correct horse\n');
  for (const type of [KeyType.ED25519, KeyType.P256]) {
    const { key, file } = await newKeyFile('correct horse', type);
    const path = network.file(`here_${type}.pem`, file);
    const shown = await network.json('key', 'show', path, '--passphrase-file', passphrase);
    assert.equal(shown['account'], key.address());

    const there = network.file(`there_${type}.pem`);
    const name = type === KeyType.P256 ? 'p256' : 'ed25519';
    const made = await network.json('key', 'new', there, '--type', name, '--passphrase-file', passphrase);
    const opened = await openKeyFile(readFileSync(there, 'utf8'), 'correct horse');
    assert.equal(opened.address(), made['account']);
  }
});

test('transactions of both kinds of keys are final, with their proof', async () => {
  const chain = client();
  const wallet = await chain.wallet(seller);
  const price = 1_000n;
  const sales = await Promise.all(
    [1n, 2n, 3n].map((grams) =>
      chain.act(wallet, { case: 'sellSurplus', value: { period, grams, priceMinUyPerKg: price } }),
    ),
  );
  for (const final of sales) {
    assert.equal(final.status, 'final');
    assert.ok(final.status === 'final' && final.receipt.code === 0, 'sold');
  }
  sale = sales[0]!.hash;
  const theirs = await chain.wallet(other);
  const joined = await chain.act(theirs, { case: 'joinMarket', value: { period, feeMaxUy: 1_000_000n } });
  assert.ok(joined.status === 'final' && joined.receipt.code === 0);

  const before = await chain.reader.record(tables.holdings, [seller.account(), period]);
  const refused = await chain.act(wallet, { case: 'sellSurplus', value: { period, grams: 10n ** 12n } });
  assert.ok(refused.status === 'final' && refused.receipt.code !== 0, 'a contract says no in the receipt');
  assert.match(refused.receipt.text, /surplus/);
  const held = await chain.reader.record(tables.holdings, [seller.account(), period]);
  assert.equal(held!.soldG, before!.soldG);
});

test('a statement of pcq holds here, without any node', async () => {
  const [genesis, file] = [network.file('net/side.json'), network.file('statement.json')];
  await network.run('audit', 'account', seller.address(), '--genesis', genesis, '--out', file);
  const text = readFileSync(file, 'utf8');
  const statement = checkStatement(text, readGenesis(network.genesis()));
  const holding = await client().reader.record(tables.holdings, [seller.account(), period]);
  assert.equal(statement.year?.holding?.soldG, holding!.soldG);
  assert.equal(statement.settlement, null);
  const forged = text.replace(seller.address(), other.address());
  const being = (reason: Reason) => (error: unknown) => isPcqError(error, reason);
  assert.throws(() => checkStatement(forged, readGenesis(network.genesis())), being('bad_proof'));
  assert.throws(() => checkStatement(text, readGenesis(network.genesis('main'))), being('bad_header'));
});

test('a statement made here has all movements, and holds for pcq; a node that leaves one out is caught', () =>
  stateAll(network, seller));

test('what an auditor has executed and attested agrees with the headers', () => attestAndAgree(network));

test('a refusal before any block has the reason of the node', async () => {
  const chain = client();
  const wallet = await chain.wallet(seller);
  const late = await wallet.sign({ case: 'joinMarket', value: { period } }, 0n);
  await assert.rejects(
    chain.submit(wallet, late),
    (error) => (error as { reason?: string }).reason === 'transaction_expired',
  );
  const fresh = await SigningKey.generate();
  await assert.rejects(chain.wallet(fresh), (error) => isPcqError(error, 'not_found'));
  const again = await chain.rpc.transaction(toHex(chain.chain), sale);
  assert.equal(again.status, 'committed');
});

test('every block is followed, from the first to one that comes', async () => {
  const chain = client();
  const top = (await chain.reader.header()).height;
  const stop = new AbortController();
  const seen: bigint[] = [];
  const hashes: string[] = [];
  const wallet = await chain.wallet(seller);
  const action = { case: 'sellSurplus', value: { period, grams: 1n, priceMinUyPerKg: 1n } } as const;
  let last: Promise<unknown> | undefined;
  for await (const block of chain.blocks(1n, stop.signal)) {
    seen.push(block.header.height);
    hashes.push(...block.transactions.map(toHex));
    if (block.header.height === top) last = chain.act(wallet, action);
    if (block.header.height > top) stop.abort();
  }
  assert.deepEqual(
    seen,
    Array.from({ length: Number(top) + 1 }, (_, i) => BigInt(i + 1)),
  );
  assert.ok(hashes.includes(toHex(sale)));
  await last;
});

test('the description of the methods is an OpenRPC document', async () => {
  const document = (await (await fetch(`${network.nodes[0]}/v1/openrpc.json`)).json()) as OpenRpcDocument;
  assert.equal(validateOpenRPCDocument(document), true);
  const names = document.methods.map((method) => method.name);
  for (const name of ['submit', 'subscribe', 'unsubscribe', 'chains']) assert.ok(names.includes(name), name);
  assert.notEqual(validateOpenRPCDocument({ ...document, methods: [{ name: 'bare' }] }), true);
});

// Far more than the test takes: nothing but what comes over the socket wakes a follower.
const listening = {
  pollMs: 3_600_000,
  reconnectMs: 1,
  webSocket: WebSocket as unknown as typeof globalThis.WebSocket,
};
const oneGram = { case: 'sellSurplus', value: { period: 0, grams: 1n, priceMinUyPerKg: 1n } } as const;

test('blocks are heard of over the WebSocket, through a line that breaks', async () => {
  const line = await Line.start(network.nodes[0]!);
  after(() => line.close());
  const far = new ChainClient({ nodes: line.address, genesis: network.genesis(), ...listening });
  const chain = client();
  const wallet = await chain.wallet(seller);
  const sell = () => chain.act(wallet, { ...oneGram, value: { ...oneGram.value, period } });
  const top = (await chain.reader.header()).height;
  const stop = new AbortController();
  const seen: bigint[] = [];
  const sales: Promise<unknown>[] = [];
  for await (const block of far.blocks(top, stop.signal)) {
    seen.push(block.header.height);
    if (seen.length === 2) await line.cut(); // while the follower is on its way
    if (seen.length < 5) sales.push(sell());
    else stop.abort();
  }
  assert.deepEqual(
    seen,
    [0n, 1n, 2n, 3n, 4n].map((i) => top + i),
  );
  assert.ok(line.sockets >= 2, 'it was a WebSocket, and another one after the first');
  await Promise.all(sales);
});

test('news of an account and of trades misses nothing when the line breaks', async () => {
  const line = await Line.start(network.nodes[1]!);
  after(() => line.close());
  const far = new ChainClient({ nodes: line.address, genesis: network.genesis(), ...listening });
  const chain = client();
  const wallet = await chain.wallet(seller);
  const from = (await chain.reader.header()).height + 1n;
  const stop = new AbortController();
  const options = { from, signal: stop.signal };
  const mine = far.news('account', { ...options, account: seller.address() });
  const trades = far.news('trades', options);
  const sold: string[] = [];
  for (let i = 0; i < 4; ++i) {
    const final = await chain.act(wallet, { ...oneGram, value: { ...oneGram.value, period } });
    assert.ok(final.status === 'final' && final.receipt.code === 0);
    sold.push(toHex(final.hash));
    const own = (await mine.next()).value as News;
    const trade = (await trades.next()).value as News;
    assert.equal(own.height, trade.height);
    const { transactions, value } = own.params as { transactions: Fields[]; value: Fields };
    assert.equal(transactions[0]!['hash'], sold[i]);
    const cash = await chain.reader.record(tables.cash, [seller.account()]);
    assert.equal(value['balance_uy'], cash!.balanceUy.toString(), 'with what has changed');
    assert.equal(((trade.params as Fields)['events'] as Fields[])[0]!['transaction'], sold[i]);
    if (i === 1) await line.cut();
  }
  stop.abort();
  await assert.rejects(
    far.news('account').next(),
    (error) => isPcqError(error) && error.reason === 'parameter_invalid',
  );

  // Told again from the same height, it is the same story.
  const again = client().news('account', { ...listening, from, account: seller.address() });
  for (const hash of sold) {
    const { transactions } = ((await again.next()).value as News).params as { transactions: Fields[] };
    assert.equal(transactions[0]!['hash'], hash);
  }
  await again.return();
});

// --- A node that lies ------------------------------------------------------------------------------------

function change(part: Json | undefined, edit: (bytes: Uint8Array) => Uint8Array): string {
  return toBase64(edit(fromBase64(part as string)));
}
function flip(bytes: Uint8Array): Uint8Array {
  const other = bytes.slice();
  other[other.length >> 1]! ^= 1;
  return other;
}

// What the proxy makes of one method's result; everything else passes.
function bend(wanted: string, edit: (result: Fields, ask: Parameters<Lie>[3]) => Json | Promise<Json>): Lie {
  return async (method, _, honest, ask) =>
    method === wanted ? edit((await honest()) as Fields, ask) : honest();
}
function record(result: Fields, edit: (record: Fields, all: Fields[]) => Fields): Fields {
  const records = result['records'] as Fields[];
  return { ...result, records: [edit(records[0]!, records), ...records.slice(1)] };
}

test('every lie about state, headers and transactions is caught', async () => {
  const proxy = await LyingProxy.start(network.nodes[0]!);
  after(() => proxy.close());
  const mine = tables.cash.key(seller.account());
  const nobody = tables.cash.key(sha256(new Uint8Array(1)));
  const old = (await client().reader.header(2n)).height;

  const lies: [string, Reason, 'state' | 'totals' | 'transaction' | 'block', Parameters<typeof bend>[1]][] = [
    ['more cash', 'bad_proof', 'state', (r) => record(r, (x) => ({ ...x, value: change(x['value'], flip) }))],
    ['no such account', 'bad_proof', 'state', (r) => record(r, (x) => ({ ...x, value: null }))],
    [
      'an account that is not',
      'bad_proof',
      'state',
      (r) => {
        const [first, second] = r['records'] as Fields[];
        return { ...r, records: [first!, { ...second!, value: first!['value']! }] };
      },
    ],
    [
      "another's record",
      'bad_proof',
      'state',
      (r) => {
        const [first, second] = r['records'] as Fields[];
        return { ...r, records: [second!, first!] };
      },
    ],
    [
      'a record less',
      'answer_malformed',
      'state',
      (r) => ({ ...r, records: (r['records'] as Json[]).slice(1) }),
    ],
    [
      'a broken proof',
      'bad_proof',
      'state',
      (r) => record(r, (x) => ({ ...x, proof: change(x['proof'], flip) })),
    ],
    [
      'another state root',
      'bad_certificate',
      'state',
      (r) => ({
        ...r,
        header: change(r['header'], (bytes) => {
          const header = decode(HeaderSchema, bytes)!;
          return encode(HeaderSchema, { ...header, stateRoot: new Uint8Array(32) });
        }),
      }),
    ],
    [
      'a header that is not canonical',
      'bad_header',
      'state',
      (r) => ({
        ...r,
        header: change(r['header'], (bytes) => Uint8Array.of(...bytes, 0x98, 0x06, 0x01)),
      }),
    ],
    [
      'a header of the main chain',
      'bad_header',
      'state',
      async (r, ask) => {
        const main = (await ask('totals', { chain: 'main' })) as Fields;
        return { ...r, header: main['header']!, certificate: main['certificate']! };
      },
    ],
    ['no certificate', 'bad_certificate', 'state', (r) => ({ ...r, certificate: '' })],
    ['null for a certificate', 'answer_malformed', 'state', (r) => ({ ...r, certificate: null })],
    [
      'a forged signature',
      'bad_certificate',
      'state',
      (r) => ({ ...r, certificate: change(r['certificate'], flip) }),
    ],
    [
      "another block's certificate",
      'bad_certificate',
      'state',
      async (r, ask) => {
        const earlier = (await ask('totals', { chain: 'side', height: Number(old) })) as Fields;
        return { ...r, certificate: earlier['certificate']! };
      },
    ],
    [
      'a state that is over',
      'answer_stale',
      'state',
      (_, ask) => ask('state', { chain: 'side', keys: [mine, nobody].map(toHex), height: Number(old) }),
    ],
    [
      'validators that nobody named',
      'validators_unknown',
      'totals',
      (r) => ({
        ...r,
        header: change(r['header'], (bytes) => {
          const header = decode(HeaderSchema, bytes)!;
          return encode(HeaderSchema, { ...header, validatorsHash: new Uint8Array(32) });
        }),
      }),
    ],
    ['nothing', 'answer_malformed', 'totals', () => ({})],
    [
      'a receipt of success',
      'bad_proof',
      'transaction',
      (r) => {
        const proof = r['proof'] as Fields;
        const receipt = change(proof['receipt'], (bytes) => {
          const receipt = decode(ReceiptSchema, bytes)!;
          return encode(ReceiptSchema, { ...receipt, text: 'sold more' });
        });
        return { ...r, proof: { ...proof, receipt } };
      },
    ],
    [
      'another place in the block',
      'bad_proof',
      'transaction',
      (r) => ({
        ...r,
        proof: { ...(r['proof'] as Fields), index: 5 },
      }),
    ],
    [
      'more transactions than there are',
      'bad_proof',
      'transaction',
      (r) => ({
        ...r,
        proof: { ...(r['proof'] as Fields), transaction_count: 1000 },
      }),
    ],
    [
      'a block that has it not',
      'bad_proof',
      'transaction',
      async (r, ask) => {
        const earlier = (await ask('totals', { chain: 'side', height: Number(old) })) as Fields;
        const { header, certificate } = earlier as { header: Json; certificate: Json };
        return { ...r, proof: { ...(r['proof'] as Fields), header, certificate } };
      },
    ],
    ['that it is unknown', 'not_found', 'transaction', (r) => ({ hash: r['hash']!, status: 'unknown' })],
    ['a block without its transactions', 'bad_proof', 'block', (r) => ({ ...r, transactions: [] })],
    ['another block', 'bad_header', 'block', (_, ask) => ask('block', { chain: 'side', height: 1 })],
  ];
  for (const [what, reason, method, edit] of lies) {
    const { reader } = client(proxy.address);
    proxy.lie = undefined;
    await reader.read([mine, nobody]);
    const { header } = await reader.transaction(sale);
    await reader.block(header.height);
    proxy.lie = bend(method, edit);
    const asked = {
      state: () => reader.read([mine, nobody]),
      totals: () => reader.header(),
      transaction: () => reader.transaction(sale),
      block: () => reader.block(header.height),
    }[method];
    await assert.rejects(asked(), (error) => {
      assert.ok(isPcqError(error, reason), `${what}: expected ${reason}, got ${String(error)}`);
      return true;
    });
  }
});

test('a node that says final and keeps the transaction for itself is not believed', () =>
  keepForItself(network, seller, sale));

test('a node that passes a sale on and says that it is over has it made once', () =>
  passOnAndDeny(network, seller));

test('a node that never heard of the truth is left for one that answers', async () => {
  const chain = client(['http://127.0.0.1:9', ...network.nodes]);
  const cash = await chain.reader.record(tables.cash, [seller.account()]);
  assert.ok(cash!.balanceUy > 0n);
});
