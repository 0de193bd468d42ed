// Makes the files that statement.ts checks (docs/audit.md) out of what a node answers. Nothing is believed on the way: what
// comes out has passed the check, or there is no file.
import { type DescMessage, type MessageShape } from '@bufbuild/protobuf';

import { toAddress } from './address.js';
import { type Bytes, fromBase64, toHex } from './bytes.js';
import { decode } from './canonical.js';
import { PcqError } from './error.js';
import { type Movements } from './gen/proto/pcq/v1/state_pb.js';
import { type Genesis } from './genesis.js';
import { integerIn, type Json, listIn, malformed, member, textIn } from './json.js';
import { type RpcClient } from './rpc_client.js';
import { checkStatement, fileBytesMax, type Statement } from './statement.js';
import { tables } from './tables.js';

export interface StatementOptions {
  /** With the records as each block left them, all there ever were. height_pruned: no node has all of them. */
  movements?: boolean;
  /** State after this block; the newest if left out. */
  height?: bigint;
}

const movementsMax = 10_000n; // more would not fit a file
const movementLetters = 428; // of base64: no record has more than 320 bytes

type Known = Pick<Genesis, 'chain' | 'validators'>;
interface Answered {
  header: string;
  certificate: string;
  height: bigint;
  records: { value: string | null; proof: string }[];
}

/** The person's whole year. Throws what checkStatement throws, and what the node refuses. */
export async function askStatement(
  rpc: RpcClient,
  genesis: Known,
  account: Bytes,
  period: number,
  options: StatementOptions = {},
): Promise<string> {
  const held = tables.holdings.key(account, period);
  const had = tables.cash.key(account);
  const keys = [
    tables.periods.key(period),
    tables.accounts.key(account),
    held,
    tables.emissions.key(account, period),
    had,
    tables.settlements.key(account, period),
  ];
  const state = await askState(rpc, genesis, keys, options.height);
  const [holding, cash] = [state.records[2]!.value, state.records[4]!.value];
  const movements =
    options.movements === true
      ? {
          holding: await askVersions(rpc, genesis, held, tables.holdings.schema, holding),
          cash: await askVersions(rpc, genesis, had, tables.cash.schema, cash),
        }
      : undefined;
  return checked(genesis, {
    ...(await heading(rpc, genesis, 'pcq-statement-1', account, period, state)),
    records: state.records.map(({ value, proof }) => ({ value, proof })),
    ...(movements === undefined ? {} : { movements }),
  });
}

/** The settlement alone, for others: a certificate of surrender. not_found: not settled yet. */
export async function askCertificate(
  rpc: RpcClient,
  genesis: Known,
  account: Bytes,
  period: number,
): Promise<string> {
  const keys = [tables.periods.key(period), tables.settlements.key(account, period)];
  const state = await askState(rpc, genesis, keys);
  const [policy, settlement] = state.records;
  return checked(genesis, {
    ...(await heading(rpc, genesis, 'pcq-settlement-certificate-1', account, period, state)),
    period_record: { value: policy!.value, proof: policy!.proof },
    settlement_record: { value: settlement!.value, proof: settlement!.proof },
  });
}

// What both formats begin with: whose it is, of when, and who has certified that block.
async function heading(
  rpc: RpcClient,
  genesis: Known,
  format: string,
  account: Bytes,
  period: number,
  { header, certificate, height }: Answered,
): Promise<{ [name: string]: Json }> {
  return {
    format,
    chain_id: toHex(genesis.chain),
    account: toAddress(account),
    period,
    header,
    certificate,
    validator_sets: await askSets(rpc, genesis, height),
  };
}

function checked(genesis: Known, file: Json): string {
  const text = `${JSON.stringify(file)}\n`;
  checkStatement(text, genesis);
  return text;
}

async function askState(rpc: RpcClient, genesis: Known, keys: Bytes[], height?: bigint): Promise<Answered> {
  const answer = await rpc.call('state', {
    chain: toHex(genesis.chain),
    keys: keys.map(toHex),
    ...(height === undefined ? {} : { height: height.toString() }),
  });
  const records = listIn(answer, 'records').map((record) => ({
    value: member(record, 'value') === null ? null : textIn(record, 'value'),
    proof: textIn(record, 'proof'),
  }));
  if (records.length !== keys.length) throw malformed('the node\'s answer has no usable "records"');
  const [header, certificate] = [textIn(answer, 'header'), textIn(answer, 'certificate')];
  return { header, certificate, height: integerIn(answer, 'height'), records };
}

// The record as each block left it that changed it: the state before the newest of them has the one before, and so on.
async function askVersions<Desc extends DescMessage>(
  rpc: RpcClient,
  genesis: Known,
  key: Bytes,
  schema: Desc,
  end: string | null,
): Promise<string[]> {
  const leftOut = () => new PcqError('bad_proof', `the node leaves out movements of ${toHex(key)}`);
  const newestFirst: string[] = [];
  let due: bigint | undefined; // number of the movement that is next
  for (let record = end; record !== null; ) {
    const last = record.length > movementLetters ? undefined : lastMovement(schema, record);
    if (last === undefined || last.height === 0n || (due !== undefined && last.count !== due))
      throw leftOut();
    if (last.count > movementsMax) {
      const limit = { code: 5, name: 'limit_reached' };
      const text = `there are ${last.count} movements, a statement lists at most ${movementsMax}`;
      throw new PcqError(limit, text);
    }
    newestFirst.push(record);
    due = last.count - 1n;
    if (due === 0n) break;
    const before = await askState(rpc, genesis, [key], last.height - 1n);
    record = before.records[0]!.value;
    if (record === null) throw leftOut();
  }
  return newestFirst.reverse();
}

function lastMovement(schema: DescMessage, record: string): Movements | undefined {
  const decoded = decode(schema, fromBase64(record)) as { movements?: Movements } | undefined;
  return decoded?.movements;
}

// The changes of the validators up to a height, each with what proves it.
async function askSets(rpc: RpcClient, genesis: Known, height: bigint): Promise<Json[]> {
  const sets: Json[] = [];
  let letters = 0;
  for (let cursor: string | undefined = '1'; cursor !== undefined; ) {
    const params = { chain: toHex(genesis.chain), cursor, height: height.toString() };
    const answer = await rpc.call('validator_sets', params);
    const page = listIn(member(answer, 'value'), 'validator_sets');
    for (const entry of page) {
      const [header, certificate] = [textIn(entry, 'header'), textIn(entry, 'certificate')];
      const encoded = textIn(entry, 'encoded');
      letters += Math.max(1_000, header.length + certificate.length + encoded.length); // no set has fewer
      if (integerIn(entry, 'from_height') <= height) sets.push({ header, certificate, encoded });
    }
    if (letters > fileBytesMax)
      throw malformed('the node shows more changes of validators than a file of 8 MiB holds');
    const next = member(answer, 'next');
    cursor = typeof next === 'string' && page.length > 0 ? next : undefined;
  }
  return sets;
}

/** By how much each figure changed: the record's own names, with their units. */
export interface Change {
  what: string;
  by: bigint;
}
export interface Movement {
  height: bigint;
  holding: Change[];
  cash: Change[];
}

/** Both lists of a statement in one, by block; a figure that went there and back within a block is not in it. */
export function movementsByBlock(statement: Statement): Movement[] {
  const blocks = new Map<bigint, Movement>();
  const note = <Record extends MessageShape<DescMessage>>(part: 'holding' | 'cash', records: Record[]) => {
    let before: Record | undefined;
    for (const record of records) {
      const { height } = (record as unknown as { movements: Movements }).movements;
      const movement = blocks.get(height) ?? { height, holding: [], cash: [] };
      movement[part] = changes(before, record);
      blocks.set(height, movement);
      before = record;
    }
  };
  note('holding', statement.movements?.holding ?? []);
  note('cash', statement.movements?.cash ?? []);
  return [...blocks.values()].sort((a, b) => (a.height < b.height ? -1 : 1));
}

function changes(before: object | undefined, after: object): Change[] {
  return Object.entries(after).flatMap(([what, value]) => {
    if (typeof value !== 'bigint') return [];
    const by = value - ((before as { [name: string]: bigint } | undefined)?.[what] ?? 0n);
    return by === 0n ? [] : [{ what, by }];
  });
}
