// A person's statement, or a certificate of surrender, as a file (docs/audit.md), checked without any node: the header by
// the validators who follow from the genesis document, each record by its proof, the figures by each other, and a
// settlement by the rules of its period's policy (docs/contracts.md), written here once more.
import { type DescMessage, type MessageShape } from '@bufbuild/protobuf';

import { accountFromText } from './address.js';
import { type Header } from './block.js';
import { type Bytes, concat, equal, fromBase64, fromHex, hashBytes, toHex, u64 } from './bytes.js';
import { decode, decodeCanonical, encode } from './canonical.js';
import { LightClient } from './certificate.js';
import { PcqError } from './error.js';
import { type EmissionRecord } from './gen/proto/pcq/v1/emissions_pb.js';
import {
  type CashRecord,
  type HoldingRecord,
  type Movements,
  type PeriodRecord,
  type SettlementRecord,
} from './gen/proto/pcq/v1/state_pb.js';
import { type Genesis } from './genesis.js';
import { taggedHash } from './hash.js';
import { type Json, member } from './json.js';
import { verifyStateProof } from './state_proof.js';
import { type Table, tables } from './tables.js';

export interface Statement {
  account: Bytes;
  period: number;
  /** The state is that after this block. */
  header: Header;
  policy: PeriodRecord;
  /** Null: the account was proven not to be settled for the period. */
  settlement: SettlementRecord | null;
  /** What a certificate of surrender does not have. A record that is null is proven to be absent. */
  year: {
    holding: HoldingRecord | null;
    emissions: EmissionRecord | null;
    cash: CashRecord | null;
    /** Grams. */
    held: bigint;
  } | null;
  /** The records as each block left them that changed them, all there ever were; null: the file does not list them. */
  movements: { holding: HoldingRecord[]; cash: CashRecord[] } | null;
}

export const fileBytesMax = 8 * 1024 * 1024;
const depthMax = 32;
const one = 1_000_000_000n; // parts per billion
const largest = 2n ** 63n - 1n;

function malformed(what: string): PcqError {
  return new PcqError('bad_encoding', `it is no statement or certificate of surrender: ${what}`);
}
// A sum that does not fit a number of the state is named as the largest or least that does, as C++ names it.
function wrong(what: string, stated: bigint, expected: bigint): PcqError {
  const [says, gives] = [stated, expected].map((value) => least(most(value, -largest - 1n), largest));
  return new PcqError('conservation_violated', `${what}: the records say ${says}, the rules give ${gives}`);
}

function textIn(value: Json | undefined, name: string): string {
  const text = member(value, name);
  if (typeof text !== 'string') throw malformed(`"${name}" is missing`);
  return text;
}
function bytesIn(value: Json | undefined, name: string): Bytes {
  return fromBase64(textIn(value, name));
}
function listIn(value: Json | undefined, name: string): Json[] {
  const list = member(value, name);
  if (!Array.isArray(list)) throw malformed(`"${name}" is no list`);
  return list;
}

function parse(text: string): Json {
  if (text.length > fileBytesMax || new TextEncoder().encode(text).length > fileBytesMax)
    throw malformed('it has more than 8 MiB');
  let file: Json;
  try {
    file = JSON.parse(text) as Json;
  } catch {
    throw malformed('it is no JSON');
  }
  checkTokens(text);
  return file;
}

// What JSON.parse takes and other checkers refuse: halves of characters, endless nesting, and a year like 2026.0. Of
// several years the last counts, as there.
function checkTokens(text: string): void {
  const isHalf = (words: string) => /\p{Surrogate}/u.test(words);
  if (isHalf(text)) throw malformed('it is no JSON');
  let depth = 0;
  let name = ''; // the string before, where it may be a member of the file itself
  let year = '0';
  for (const [token] of text.matchAll(/"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\]]|-?\d[\d.eE+-]*/g)) {
    const words = token.startsWith('"') ? (JSON.parse(token) as string) : '';
    if (isHalf(words)) throw malformed('it is no JSON');
    if (token === '{' || token === '[') ++depth;
    else if (token === '}' || token === ']') --depth;
    else if (words === '' && depth === 1 && name === 'period') year = token;
    if (depth > depthMax) throw malformed('it is no JSON');
    name = depth === 1 ? words : '';
  }
  if (!/^-?\d+$/.test(year)) throw malformed('"period" is no year');
}

function certified(file: Json, genesis: Pick<Genesis, 'chain' | 'validators'>): Header {
  if (member(file, 'chain_id') !== undefined && !equal(fromHex(textIn(file, 'chain_id')), genesis.chain))
    throw new PcqError('bad_header', `it is of another chain than ${toHex(genesis.chain)}`);
  const client = new LightClient(genesis.chain, genesis.validators);
  const changes = member(file, 'validator_sets') === undefined ? [] : listIn(file, 'validator_sets');
  for (const change of changes) {
    client.follow({
      header: bytesIn(change, 'header'),
      certificate: bytesIn(change, 'certificate'),
      validators: bytesIn(change, 'encoded'),
    });
  }
  return client.verify(bytesIn(file, 'header'), bytesIn(file, 'certificate'));
}

// Null: proven to be absent.
function proven<Key extends readonly unknown[], Desc extends DescMessage>(
  header: Header,
  entry: Json | undefined,
  table: Table<Key, Desc>,
  ...key: Key
): MessageShape<Desc> | null {
  if (member(entry, 'value') === undefined) throw malformed('the value of a record is missing');
  const value = member(entry, 'value') === null ? null : bytesIn(entry, 'value');
  verifyStateProof(header.fields.stateRoot, table.key(...key), value, bytesIn(entry, 'proof'));
  if (value === null) return null;
  const record = decode(table.schema, value);
  if (record === undefined) throw new PcqError('bad_encoding', 'a proven record is of another kind');
  return record;
}

function there<Record>(record: Record | null, what: string): Record {
  if (record === null) throw new PcqError('not_found', `${what}, which is proven`);
  return record;
}

/**
 * Throws bad_encoding if it is neither; bad_header, bad_certificate, bad_proof or validators_unknown if it is not
 * proven; conservation_violated if its figures are not what the rules give; not_found if the period, the account or,
 * of a certificate, the settlement does not exist.
 */
export function checkStatement(text: string, genesis: Pick<Genesis, 'chain' | 'validators'>): Statement {
  const file = parse(text);
  const format = member(file, 'format');
  const isStatement = format === 'pcq-statement-1';
  if (!isStatement && format !== 'pcq-settlement-certificate-1') throw malformed('its format is another');
  const account = accountFromText(textIn(file, 'account'));
  const period = member(file, 'period');
  if (typeof period !== 'number' || !Number.isInteger(period) || period < 0 || period >= 2 ** 32)
    throw malformed('"period" is no year');
  const header = certified(file, genesis);
  const noPeriod = 'the chain has no such period';
  if (!isStatement) {
    const policy = there(proven(header, member(file, 'period_record'), tables.periods, period), noPeriod);
    const settled = proven(header, member(file, 'settlement_record'), tables.settlements, account, period);
    const settlement = there(settled, 'the account has not been settled');
    checkByPolicy(policy, settlement);
    return { account, period, header, policy, settlement, year: null, movements: null };
  }
  const records = listIn(file, 'records');
  if (records.length !== 6) throw new PcqError('bad_proof', `it has ${records.length} records, not 6`);
  const found = proven(header, records[0], tables.periods, period);
  const known = proven(header, records[1], tables.accounts, account);
  const holding = proven(header, records[2], tables.holdings, account, period);
  const emissions = proven(header, records[3], tables.emissions, account, period);
  const cash = proven(header, records[4], tables.cash, account);
  const settlement = proven(header, records[5], tables.settlements, account, period);
  const policy = there(found, noPeriod);
  there(known, 'the account does not exist on this chain');
  const held = checkSums(holding, emissions, cash);
  if (settlement !== null) {
    checkPosition(settlement, holding, emissions);
    checkByPolicy(policy, settlement);
  }
  const movements = checkMovements(file, genesis.chain, account, period, records);
  return { account, period, header, policy, settlement, year: { holding, emissions, cash, held }, movements };
}

// docs/contracts.md, movements: each block that changed a record left a link, over the link before it, their number, the
// block's height, the key and the record without its links.
function checkLinks<Desc extends DescMessage>(
  what: string,
  chain: Bytes,
  key: Bytes,
  schema: Desc,
  listed: Json[],
  end: Bytes | null,
): MessageShape<Desc>[] {
  const broken = (number: number) =>
    new PcqError('bad_proof', `${what}: something was left out, added or changed at movement ${number}`);
  const records: MessageShape<Desc>[] = [];
  let last: Bytes | null = null;
  let link: Bytes = new Uint8Array(hashBytes);
  let height = 0n;
  for (const entry of listed) {
    const number = records.length + 1;
    if (typeof entry !== 'string') throw malformed('a movement is no text');
    last = fromBase64(entry);
    const record = decodeCanonical(schema, last);
    if (record === undefined) throw broken(number);
    const { movements } = record as { movements?: Movements };
    if (movements === undefined || movements.height <= height) throw broken(number);
    height = movements.height;
    const bare = encode(schema, { ...record, movements: undefined });
    link = taggedHash('movement', chain, concat(link, u64(BigInt(number)), u64(height), key, bare));
    if (movements.count !== BigInt(number) || !equal(movements.hash, link)) throw broken(number);
    records.push(record);
  }
  if (end === null ? last !== null : last === null || !equal(last, end)) throw broken(records.length + 1);
  return records;
}

function checkMovements(
  file: Json,
  chain: Bytes,
  account: Bytes,
  period: number,
  records: Json[],
): Statement['movements'] {
  const listed = member(file, 'movements');
  if (listed === undefined) return null;
  const end = (at: number) => (member(records[at], 'value') === null ? null : bytesIn(records[at], 'value'));
  const list = (name: string) => listIn(listed, name);
  const { holdings, cash } = tables;
  const [held, had] = [holdings.key(account, period), cash.key(account)];
  return {
    holding: checkLinks('the holding', chain, held, holdings.schema, list('holding'), end(2)),
    cash: checkLinks('the cash', chain, had, cash.schema, list('cash'), end(4)),
  };
}

// What is held, in grams.
function checkSums(
  holding: HoldingRecord | null,
  emissions: EmissionRecord | null,
  cash: CashRecord | null,
): bigint {
  const months = (emissions?.months ?? []).reduce((sum, { grams }) => sum + grams, 0n);
  const emitted = emissions?.emittedG ?? 0n;
  if (months !== emitted) throw wrong('grams emitted, month by month', emitted, months);
  const held =
    holding === null
      ? 0n
      : holding.issuedG +
        holding.purchasedG -
        holding.soldG -
        holding.surrenderedG -
        holding.expiredG -
        holding.passedOnG -
        holding.escrowG;
  if (held < 0n || held > largest) throw wrong('grams held', held, 0n);
  const [balance, escrow] = [cash?.balanceUy ?? 0n, cash?.escrowUy ?? 0n];
  if (balance < 0n) throw wrong('micro-yuan', balance, 0n);
  if (escrow < 0n) throw wrong('micro-yuan on offer', escrow, 0n);
  return held;
}

// What the settlement started from is what the other records say was there.
function checkPosition(
  settled: SettlementRecord,
  holding: HoldingRecord | null,
  emissions: EmissionRecord | null,
): void {
  const figures: [string, bigint, bigint][] = [
    ['grams emitted and settled', settled.emittedG, emissions?.emittedG ?? 0n],
    ['grams issued and settled', settled.issuedG, holding?.issuedG ?? 0n],
    ['grams sold and settled', settled.soldG, holding?.soldG ?? 0n],
    ['grams purchased and settled', settled.purchasedG, holding?.purchasedG ?? 0n],
  ];
  for (const [what, stated, expected] of figures) {
    if (stated !== expected) throw wrong(what, stated, expected);
  }
  const clawedBack = holding?.clawedBackG ?? 0n;
  if (settled.clawedBackG < 0n || settled.clawedBackG > clawedBack)
    throw wrong('grams taken back and settled', settled.clawedBackG, clawedBack);
}

const least = (a: bigint, b: bigint) => (a < b ? a : b);
const most = (a: bigint, b: bigint) => (a > b ? a : b);
const up = (a: bigint, b: bigint) => (a + b - 1n) / b; // of what is not negative
const capped = (value: bigint) => least(value, largest);

// Own quota first, then purchased up to delta of the excess, then what may be borrowed; a penalty on the rest; what is
// left is banked at the policy's ratio, and lapses.
function checkByPolicy(period: PeriodRecord, settled: SettlementRecord): void {
  if (settled.obligationG < 0n) throw wrong('grams owed beside', settled.obligationG, 0n);
  if (settled.bankedBeforeG < 0n) throw wrong('grams banked before', settled.bankedBeforeG, 0n);
  const policy = period.policy;
  const ratio = (ppb: bigint | number | undefined) => BigInt(ppb ?? 0);
  const ownAll = settled.issuedG - settled.soldG - settled.clawedBackG;
  const own = most(ownAll, 0n);
  const purchased = least(most(ownAll + settled.purchasedG, 0n), settled.purchasedG);
  const needed = capped(settled.emittedG + settled.obligationG);
  const given = least(needed, capped(own + settled.bankedBeforeG));
  const fromBanked = least(given, settled.bankedBeforeG);
  const excess = needed - given;
  const offset = least(purchased, (excess * ratio(policy?.offsetRatioPpb)) / one);
  const open = excess - offset;
  const mayBorrow = (settled.issuedG * ratio(policy?.borrowingRatioPpb)) / one;
  const borrowed = settled.onClosing ? 0n : least(open, mayBorrow);
  const penalised = open - borrowed;
  const left = own + purchased - (given - fromBanked) - offset;
  const hasHeir = settled.onClosing && settled.heir.length > 0;
  const kept = (left * (settled.onClosing ? (hasHeir ? one : 0n) : ratio(policy?.bankingRatioPpb))) / one;
  const lapsed = left - kept + (hasHeir ? 0n : settled.bankedBeforeG - fromBanked);
  const owedNext = capped(up(borrowed * (one + ratio(policy?.borrowingInterestPpb)), one));
  const penalty = capped(up(penalised * ratio(policy?.penaltyUyPerKg), 1000n));
  const figures: [string, bigint, bigint][] = [
    ['own quota surrendered, grams', settled.ownSurrenderedG, given],
    ['excess offset with purchases, grams', settled.purchasedSurrenderedG, offset],
    ['grams borrowed', settled.borrowedG, borrowed],
    ['grams that the next period owes', settled.obligationNextG, owedNext],
    ['grams penalised', settled.penalisedG, penalised],
    ['grams banked', settled.bankedG, kept],
    ['grams expired', settled.expiredG, lapsed],
    ['penalty paid and owed, micro-yuan', settled.penaltyPaidUy + settled.penaltyOwedUy, penalty],
  ];
  for (const [what, stated, expected] of figures) {
    if (stated !== expected) throw wrong(what, stated, expected);
  }
}
