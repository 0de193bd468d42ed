// A statement with its proof as a file: the records of one account and period, the header that they are proven against,
// its certificate, and the changes of the validators up to it. Whoever has the genesis document can check it, without a
// node and at any later time; this page does it for files that it is given.
import {
  decode,
  fromAddress,
  fromBase64,
  fromHex,
  type Genesis,
  type Header,
  type Json,
  LightClient,
  sha256,
  tables,
  toAddress,
  toHex,
  verifyStateProof,
} from 'pcq-client';

import { type Chain } from './chain.js';
import { standing } from './standing.js';

const format = 'pcq-statement-1';
const textMax = 4 * 1024 * 1024;

interface Change {
  header: string;
  certificate: string;
  encoded: string;
}
interface File {
  format: string;
  chain: string;
  chain_id: string;
  account: string;
  period: number;
  header: string;
  certificate: string;
  validator_changes: Change[];
  records: { key: string; value: string | null; proof: string }[];
}

function keysOf(account: Uint8Array, year: number) {
  return [
    tables.accounts.key(account),
    tables.periods.key(year),
    tables.holdings.key(account, year),
    tables.emissions.key(account, year),
    tables.orderLists.key(account, year),
    tables.settlements.key(account, year),
    tables.cash.key(account),
    tables.debts.key(account, year),
    tables.obligations.key(account),
  ];
}

/** The file, from the node's answers, after a check of it. */
export async function makeStatement(chain: Chain, address: string, year: number): Promise<string> {
  const keys = keysOf(fromAddress(address), year);
  const answer = (await chain.said('state', { keys: keys.map(toHex) })) as unknown as Pick<
    File,
    'header' | 'certificate'
  > & { records: { value: string | null; proof: string }[] };
  const file: File = {
    format,
    chain: chain.name,
    chain_id: chain.id,
    account: address,
    period: year,
    header: answer.header,
    certificate: answer.certificate,
    validator_changes: await changes(chain),
    records: answer.records.map(({ value, proof }, i) => ({ key: toHex(keys[i]!), value, proof })),
  };
  const text = `${JSON.stringify(file, undefined, 1)}\n`;
  checkStatement([chain.genesis], text);
  return text;
}

async function changes(chain: Chain): Promise<Change[]> {
  const found: Change[] = [];
  let cursor: string | undefined = '1';
  while (cursor !== undefined) {
    const page = (await chain.said('validator_sets', { cursor })) as {
      value: { validator_sets: Json[] };
      next?: string;
    };
    for (const entry of page.value.validator_sets) {
      const { header, certificate, encoded } = entry as unknown as Change;
      found.push({ header, certificate, encoded });
    }
    cursor = page.value.validator_sets.length === 0 ? undefined : page.next;
  }
  return found;
}

export interface Statement {
  chain: string;
  address: string;
  year: number;
  header: Header;
  /** SHA-256 of the file. */
  digest: string;
  account: NonNullable<ReturnType<typeof readRecords>['account']>;
  records: ReturnType<typeof readRecords>;
}

function readRecords(values: (Uint8Array | null)[]) {
  const at = <T>(i: number, read: (value: Uint8Array) => T | undefined): T | null => {
    const value = values[i];
    if (value === null || value === undefined) return null;
    const record = read(value);
    if (record === undefined) throw new Error('a record of the statement cannot be read');
    return record;
  };
  const account = at(0, (value) => decode(tables.accounts.schema, value));
  const period = at(1, (value) => decode(tables.periods.schema, value));
  const holding = at(2, (value) => decode(tables.holdings.schema, value));
  const emissions = at(3, (value) => decode(tables.emissions.schema, value));
  const orders = at(4, (value) => decode(tables.orderLists.schema, value));
  const settlement = at(5, (value) => decode(tables.settlements.schema, value));
  const cash = at(6, (value) => decode(tables.cash.schema, value));
  const debt = at(7, (value) => decode(tables.debts.schema, value));
  const obligation = at(8, (value) => decode(tables.obligations.schema, value));
  const obligationG = settlement === null ? (obligation?.grams ?? 0n) : 0n;
  return {
    account,
    period,
    holding,
    emissions,
    orders,
    settlement,
    cash,
    debt,
    obligationG,
    standing: period === null ? null : standing({ period, holding, emissions, orders, obligationG }),
  };
}

/** What a file proves, by one of these genesis documents. Throws with what does not hold. */
export function checkStatement(known: Genesis[], text: string): Statement {
  if (text.length > textMax) throw new Error('the file is too large for a statement');
  const file = JSON.parse(text) as File;
  if (file.format !== format) throw new Error('the file is no statement that this page knows');
  const genesis = known.find(({ chain }) => toHex(chain) === file.chain_id);
  if (genesis === undefined) throw new Error(`the statement is of another chain: ${file.chain_id}`);
  const account = fromAddress(file.account);
  const keys = keysOf(account, file.period);
  if (file.records.length !== keys.length)
    throw new Error('the statement has not the records that belong to it');

  const light = new LightClient(genesis.chain, genesis.validators);
  for (const { header, certificate, encoded } of file.validator_changes)
    light.follow({
      header: fromBase64(header),
      certificate: fromBase64(certificate),
      validators: fromBase64(encoded),
    });
  const header = light.verify(fromBase64(file.header), fromBase64(file.certificate));
  const values = file.records.map(({ key, value, proof }, i) => {
    if (key !== toHex(keys[i]!)) throw new Error('a record of the statement is of another account or period');
    const bytes = value === null ? null : fromBase64(value);
    verifyStateProof(header.fields.stateRoot, fromHex(key), bytes, fromBase64(proof));
    return bytes;
  });
  const records = readRecords(values);
  if (records.account === null) throw new Error('it is proven that there is no such account');
  return {
    chain: genesis.fields.name,
    address: toAddress(account),
    year: file.period,
    header,
    digest: toHex(sha256(new TextEncoder().encode(text))),
    account: records.account,
    records,
  };
}
