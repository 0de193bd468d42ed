// Statements and certificates of surrender as files (docs/audit.md): made here, and those of anybody proven here, by
// genesis documents alone and without asking a node.
import {
  checkStatement,
  type Genesis,
  isPcqError,
  PcqError,
  readGenesis,
  sha256,
  type Statement,
  toHex,
} from 'pcq-client';

import type { Chain } from './chain.js';

export interface ProofFile {
  /** By whose validators it is proven. */
  genesis: Genesis;
  statement: Statement;
  text: string;
  /** SHA-256 of the file's bytes: what ties a printed sheet to its file. */
  digest: string;
}

/** Byte for byte: nothing is left out or put in place of anything, which other checkers would refuse. */
export function textOf(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new PcqError('bad_encoding', 'it is no statement or certificate of surrender: it is no UTF-8');
  }
}

/** What a file proves, by the one of these genesis documents that it is of. Throws with what does not hold. */
export function proveFile(known: readonly Genesis[], bytes: Uint8Array): ProofFile {
  const text = textOf(bytes);
  const named = chainNamedIn(text);
  const candidates =
    named === undefined ? known : known.filter(({ chain }) => toHex(chain) === named.toLowerCase());
  if (candidates.length === 0)
    throw new PcqError(
      'validators_unknown',
      `it is of chain ${named ?? ''}, of which no genesis document is known here`,
    );
  let last: unknown;
  for (const genesis of candidates) {
    try {
      const statement = checkStatement(text, genesis);
      const digest = toHex(sha256(bytes));
      return { genesis, statement, text, digest };
    } catch (error) {
      last = error;
      if (named !== undefined || !isPcqError(error, 'bad_header')) break; // else it may be of the next chain
    }
  }
  throw last;
}

function chainNamedIn(text: string): string | undefined {
  try {
    const { chain_id: id } = JSON.parse(text) as { chain_id?: unknown };
    return typeof id === 'string' ? id : undefined;
  } catch {
    return undefined; // the check says what it is not
  }
}

/** A genesis document, if the file is one. */
export function asGenesis(bytes: Uint8Array): Genesis | undefined {
  try {
    return readGenesis(bytes);
  } catch {
    return undefined;
  }
}

export interface Made extends ProofFile {
  /** Why the movements are not listed. */
  without: unknown;
}

/** A person's year with all movements; without them where no node keeps so many blocks, or they are too many. */
export async function makeStatement(chain: Chain, account: Uint8Array, year: number): Promise<Made> {
  try {
    const text = await chain.client.statement(account, year, { movements: true });
    return { ...proveFile([chain.genesis], bytesOf(text)), without: undefined };
  } catch (error) {
    const passing = error instanceof PcqError && ['height_pruned', 'limit_reached'].includes(error.reason);
    if (!passing) throw error;
    const text = await chain.client.statement(account, year);
    return { ...proveFile([chain.genesis], bytesOf(text)), without: error };
  }
}

function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

const timedMax = 120; // headers that are asked for so that a movement has its time

/** When the blocks were that moved something, by their certified headers; those that the node still has. */
export async function timesOf(chain: Chain, heights: bigint[]): Promise<Map<bigint, bigint>> {
  const times = new Map<bigint, bigint>();
  for (const height of heights.slice(-timedMax)) {
    try {
      times.set(height, (await chain.reader.header(height)).fields.timeMs);
    } catch (error) {
      if (!(error instanceof PcqError) || error.reason !== 'height_pruned') throw error;
    }
  }
  return times;
}
