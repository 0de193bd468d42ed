// Statements and certificates of surrender: what C++ finds good holds, what it refuses is refused in its words, and
// every byte of them changed.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import {
  ChainClient,
  checkStatement,
  fromBase64,
  isPcqError,
  type Json,
  readGenesis,
  toBase64,
} from 'pcq-client';

import { assertRefused, flipped, type Refused, vectors } from './vectors.js';

type Fields = { [name: string]: Json };

const given = vectors<{
  genesis: string;
  hold: Fields[];
  refused: (Refused & { file: Fields })[];
  letters: { what: string; code: number; text: string }[];
}>('statements');
const genesis = readGenesis(given.genesis);
const check = (file: Json) => checkStatement(JSON.stringify(file), genesis);
const [statement, certificate, idle] = given.hold as [Fields, Fields, Fields];

test('statements are proven and added up', () => {
  const checked = check(statement);
  assert.equal(checked.header.height, 3n);
  assert.deepEqual([checked.period, checked.year?.held], [2013, 12n]);
  assert.equal(checked.year?.cash?.balanceUy, 77n);
  assert.equal(checked.settlement?.penalisedG, 150n);
  const surrendered = check(certificate);
  assert.deepEqual([surrendered.settlement?.penalisedG, surrendered.year], [150n, null]);
  const nothing = check(idle);
  assert.deepEqual([nothing.settlement, nothing.year?.holding, nothing.year?.held], [null, null, 0n]);
});

test('a statement that lists movements lists all of them', () => {
  const { movements } = check(statement);
  assert.deepEqual(
    movements?.holding.map(({ purchasedG }) => purchasedG),
    [0n, 200n, 200n],
  );
  assert.deepEqual(
    movements?.cash.map(({ balanceUy }) => balanceUy),
    [1000n, 77n],
  );
  const broken = (name: string, change: (list: Json[]) => Json[]) => {
    const file = structuredClone(statement);
    const lists = file['movements'] as { [name: string]: Json[] };
    lists[name] = change(lists[name]!);
    assert.throws(
      () => check(file),
      (error) => isPcqError(error, 'bad_proof'),
      name,
    );
  };
  for (const name of ['holding', 'cash']) {
    const { length } = (statement['movements'] as { [name: string]: Json[] })[name]!;
    for (let at = 0; at < length; ++at) {
      broken(name, (list) => list.filter((_, i) => i !== at));
      broken(name, (list) => [...list.slice(0, at), list[at]!, ...list.slice(at)]);
    }
    broken(name, (list) => [...list].reverse());
    broken(name, () => []);
  }
  broken('holding', () => (statement['movements'] as { [name: string]: Json[] })['cash']!);
});

test('what C++ refuses by the rules is refused in its words', () => {
  assert.ok(given.refused.length > 10);
  for (const refused of given.refused) assertRefused(() => check(refused.file), refused);
});

test('a statement is read to the letter, as C++ reads it', () => {
  assert.ok(given.letters.length > 10);
  for (const { what, code, text } of given.letters) {
    const result = () => checkStatement(text, genesis);
    if (code === 0) assert.doesNotThrow(result, what);
    else assert.throws(result, (error) => isPcqError(error) && error.code === code, what);
  }
  // 8 MiB are bytes.
  const max = 8 * 1024 * 1024;
  const text = JSON.stringify(statement);
  const over = text.length + '"more":"",'.length;
  const filled = (filling: string) => checkStatement(`{"more":"${filling}",${text.slice(1)}`, genesis);
  assert.doesNotThrow(() => filled('x'.repeat(max - over)));
  assert.throws(() => filled('x'.repeat(max - over + 1)), isPcqError);
  assert.throws(() => filled('\u00e9'.repeat((max - over) / 2 + 1)), isPcqError);
});

// Every member set to other things, and every eighth byte of those that are bytes: signatures are checked each time.
test('a statement with anything changed is refused', () => {
  const others: Json[] = [null, 7, '', 'AAAA', [1], {}];
  let changed = 0;
  const spoil = (at: Json, whole: Json): void => {
    if (at === null || typeof at !== 'object') return;
    for (const [name, kept] of Object.entries(at)) {
      const set = (value: Json) => ((at as Fields)[name] = value);
      const expectRefused = (value: Json) => {
        set(value);
        assert.throws(() => check(whole), isPcqError, `${name} as ${JSON.stringify(value)}`);
        ++changed;
      };
      if (['header', 'certificate', 'value', 'proof'].includes(name) && typeof kept === 'string') {
        let at = 0;
        for (const bytes of flipped(fromBase64(kept))) {
          if (at++ % 8 === 0) expectRefused(toBase64(bytes));
        }
      }
      for (const other of others) {
        if (JSON.stringify(other) !== JSON.stringify(kept)) expectRefused(other);
      }
      set(kept);
      spoil(kept, whole);
    }
  };
  for (const file of [statement, certificate]) {
    const whole = structuredClone(file);
    spoil(whole, whole);
    assert.deepEqual(whole, file);
  }
  assert.ok(changed > 300, `${changed}`);
});

test('a node that shows changes of validators without end is not listened to without end', async () => {
  const empty = { from_height: 1, header: '', certificate: '', encoded: '' };
  const page = Array.from({ length: 100 }, () => empty);
  const answers: { [method: string]: Json } = {
    state: {
      header: '',
      certificate: '',
      height: 1,
      records: [
        { value: null, proof: '' },
        { value: null, proof: '' },
      ],
    },
    validator_sets: { value: { validator_sets: page }, next: '2' },
  };
  let calls = 0;
  const node = (_: unknown, init?: RequestInit) => {
    if (++calls > 1_000) throw new Error('it goes on asking');
    const { id, method } = JSON.parse(init!.body as string) as { id: number; method: string };
    return Promise.resolve(new Response(JSON.stringify({ jsonrpc: '2.0', id, result: answers[method] })));
  };
  const client = new ChainClient({ nodes: 'http://127.0.0.1', genesis: given.genesis, fetch: node });
  const asked = client.certificate(new Uint8Array(32), 2026);
  await assert.rejects(asked, /more changes of validators than a file of 8 MiB holds/);
});
