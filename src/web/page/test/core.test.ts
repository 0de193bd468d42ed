// What the page makes of proven records, without a browser or a network: the rules of the contracts, held to figures.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';

import {
  decode,
  type FeeModel,
  FeeSource,
  isPcqError,
  type MemberRecord,
  type PeriodReport,
  PeriodReportSchema,
  readGenesis,
  toHex,
} from 'pcq-client';

import { issuances, issuedOf, reportsAgree, verdictOf } from '../src/core/agreement.js';
import { proveFile } from '../src/core/proof_file.js';
import { capped, feesBefore, joiningFee } from '../src/core/standing.js';

const tonne = 1_000_000n;

function report(fields: Partial<PeriodReport>): PeriodReport {
  return { ...decode(PeriodReportSchema, new Uint8Array())!, period: 2027, ...fields };
}

describe('whether the chains agree', () => {
  const anchored = { height: 9n, hash: true, state: true, totals: true };
  const issuance = { batches: 1, issuedG: 11n * tonne, reserveG: tonne };

  test('quota that credits were converted into is issued by the reserve', () => {
    const issued = issuedOf(issuance, { issuedG: 10n * tonne + 100_000n }, { convertedG: 100_000n });
    assert.equal(issued.waitingG, 0n, 'every batch is claimed');
    assert.equal(verdictOf({ anchored, reports: 'none', issued }), true);
    const partly = issuedOf(issuance, { issuedG: 4n * tonne + 100_000n }, { convertedG: 100_000n });
    assert.equal(partly.waitingG, 6n * tonne);
    const above = issuedOf(issuance, { issuedG: 11n * tonne + 1n }, { convertedG: tonne });
    assert.equal(verdictOf({ anchored, reports: 'none', issued: above }), false);
    assert.equal(verdictOf({ anchored, reports: 'none', issued: issuedOf(null, null, null) }), true);
  });

  test('the record of what is issued is found where the contracts keep it', () => {
    const key = issuances.key(new Uint8Array(32).fill(0xab), 2027);
    assert.equal(toHex(key), `24${'ab'.repeat(32)}000007eb`);
  });

  test('a later revision of the side chain is on its way, another report of the same one is none', () => {
    const first = report({ people: 2n });
    assert.equal(reportsAgree(null, null, true), 'none');
    assert.equal(reportsAgree(null, first, false), 'none', 'a running sum');
    assert.equal(reportsAgree(null, first, true), 'underway');
    assert.equal(reportsAgree(first, first, true), 'same');
    assert.equal(reportsAgree(first, report({ people: 2n, emittedG: 5n, revision: 1 }), true), 'underway');
    assert.equal(reportsAgree(first, report({ people: 3n }), true), 'differ');
    assert.equal(reportsAgree(report({ revision: 1 }), first, true), 'differ');
    assert.equal(reportsAgree(first, null, true), 'differ');
    const issued = issuedOf(issuance, null, null);
    assert.equal(verdictOf({ anchored, reports: 'underway', issued }), undefined);
    assert.equal(verdictOf({ anchored, reports: 'differ', issued }), false);
    assert.equal(verdictOf({ anchored: null, reports: 'same', issued }), undefined);
  });
});

describe('what joining the market costs', () => {
  const yuan = 1_000_000n;
  const seller = { sells: true, buys: false } as MemberRecord;

  test("before anybody has joined it is the chain's fee under the caps of the policy", () => {
    assert.equal(joiningFee(feesBefore({}, yuan)!, null, 'buy'), yuan);
    assert.equal(joiningFee(feesBefore(undefined, yuan)!, null, 'sell'), yuan);
    const under = feesBefore({ feeCapSUy: 300_000n }, yuan)!;
    assert.equal(joiningFee(under, null, 'sell'), 300_000n);
    assert.equal(joiningFee(under, null, 'buy'), 300_000n, 'once for both sides, the lesser');
    assert.equal(joiningFee(under, seller, 'buy'), 0n, 'paid already');
    assert.equal(joiningFee(feesBefore({ feeCapDUy: 0n, feeCapSUy: 0n }, yuan)!, null, 'buy'), 0n);
  });

  test('a model says what each side pays, and the page does not make it up', () => {
    const feeModel = {} as FeeModel;
    assert.equal(feesBefore({ feeModel, feeCapDUy: yuan }, yuan), undefined);
    const fees = { source: FeeSource.MODEL, chargeDUy: 3n * yuan, chargeSUy: -yuan };
    assert.equal(joiningFee(fees, null, 'buy'), 3n * yuan);
    assert.equal(joiningFee(fees, null, 'sell'), -yuan);
    assert.equal(joiningFee(fees, seller, 'buy'), 3n * yuan, 'each side has its own');
    assert.equal(joiningFee(fees, seller, 'sell'), 0n);
    assert.equal(joiningFee(capped(fees, { feeCapDUy: 2n * yuan }), null, 'buy'), 2n * yuan);
  });
});

describe('a proof file', () => {
  const vectors = join('..', '..', '..', 'tests', 'data', 'vectors', 'statements.json');
  const { genesis, hold } = JSON.parse(readFileSync(vectors, 'utf8')) as { genesis: string; hold: object[] };
  const known = [readGenesis(genesis)];
  const refused = (file: Buffer) =>
    assert.throws(
      () => proveFile(known, file),
      (error) => isPcqError(error, 'bad_encoding'),
    );

  test('is proven with the sum of its bytes', () => {
    const file = Buffer.from(JSON.stringify({ ...hold[0], note: '\u78b3' }));
    const { digest, statement } = proveFile(known, file);
    assert.equal(statement.period, 2013);
    assert.equal(digest, createHash('sha256').update(file).digest('hex'));
  });

  test('is taken byte by byte, as other checkers take it', () => {
    const text = JSON.stringify({ ...hold[0], note: '#' });
    refused(Buffer.from(`\ufeff${text}`));
    refused(Buffer.from(text.replace('#', '\u00ff'), 'latin1')); // no UTF-8
  });
});

test('no failure of the page itself is told in one language alone', () => {
  const files = (readdirSync('src', { recursive: true }) as string[]).filter((name) => /\.tsx?$/.test(name));
  assert.ok(files.length > 50);
  for (const name of files)
    assert.doesNotMatch(readFileSync(join('src', name), 'utf8'), /new Error\(\s*['"`]/, name);
});
