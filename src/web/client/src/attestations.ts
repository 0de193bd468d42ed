// Who has executed which chain again, and how far: the attestations that a chain keeps, all of them by one proof, each
// held against the certified header of its block (src/audit/attestations.h).
import { type Header } from './block.js';
import { type Bytes, equal, hashBytes, toHex } from './bytes.js';
import { decode, decodeCanonical, encode } from './canonical.js';
import { PcqError } from './error.js';
import { type Totals, TotalsSchema } from './gen/proto/pcq/v1/block_pb.js';
import { type Attestation } from './gen/proto/pcq/v1/state_pb.js';
import { tables } from './tables.js';
import { type VerifiedReader } from './verified_reader.js';

export interface JudgedAttestation {
  /** The id of the chain that was audited. */
  chain: Bytes;
  /** An account on the chain that keeps the attestation. */
  auditor: Bytes;
  height: bigint;
  blockHash: Bytes;
  /** After that block, as the auditor computed them. */
  totals: Totals;
  /** Block time of the attestation, milliseconds since 1970. */
  timeMs: bigint;
  /**
   * Whether the certified header of that height is the attested block and has these totals; unchecked: no reader of
   * its chain was given, or the node lacks the header.
   */
  verdict: 'agrees' | 'disagrees' | 'unchecked';
  /** Why it is not 'agrees', for people. */
  why: string;
  /** The newest height of the attested chain that was verified; null: none. */
  newest: bigint | null;
}

export interface JudgedAttestations {
  /** The list is that of the state after this block, and none is left out. */
  header: Header;
  attestations: JudgedAttestation[];
}

const missing = ['not_found', 'height_pruned', 'chain_unknown', 'parameter_invalid']; // what a node may lack without lying

type Reader = Pick<VerifiedReader, 'chain' | 'read' | 'header'>;

/** What `keeper` keeps; of its own chain, and of those that `others` read, each is checked. */
export async function readAttestations(keeper: Reader, others: Reader[] = []): Promise<JudgedAttestations> {
  const { header, values } = await keeper.read([tables.attestations.key()]);
  const readers = new Map([keeper, ...others].map((reader) => [reader.chain, reader]));
  const attestations: JudgedAttestation[] = [];
  for (const attestation of listed(values[0]!))
    attestations.push(await judge(attestation, readers.get(toHex(attestation.chain))));
  return { header, attestations };
}

function listed(value: Bytes | null): Attestation[] {
  if (value === null) return [];
  const record = decode(tables.attestations.schema, value);
  const ids = record?.attestations.flatMap(({ chain, auditor, blockHash }) => [chain, auditor, blockHash]);
  if (record === undefined || ids?.some((id) => id.length !== hashBytes))
    throw new PcqError('bad_encoding', 'the proven record is no list of attestations');
  return record.attestations;
}

async function judge(
  { chain, auditor, height, blockHash, totals: encoded, timeMs }: Attestation,
  reader: Reader | undefined,
): Promise<JudgedAttestation> {
  const totals = decodeCanonical(TotalsSchema, encoded);
  if (totals === undefined) throw new PcqError('bad_encoding', 'an attestation has no totals');
  const judged = { chain, auditor, height, blockHash, totals, timeMs };
  if (reader === undefined)
    return { ...judged, verdict: 'unchecked', why: 'nothing is known of its chain', newest: null };
  let newest: bigint | null = null;
  try {
    newest = (await reader.header()).height;
    const certified = await reader.header(height);
    const why = contradiction(blockHash, encoded, certified);
    return { ...judged, verdict: why === '' ? 'agrees' : 'disagrees', why, newest };
  } catch (error) {
    if (!(error instanceof PcqError) || !missing.includes(error.reason)) throw error;
    return { ...judged, verdict: 'unchecked', why: error.message, newest };
  }
}

function contradiction(blockHash: Bytes, totals: Bytes, certified: Header): string {
  if (!equal(blockHash, certified.hash))
    return `it attests block ${toHex(blockHash)}, certified is block ${toHex(certified.hash)}`;
  const { totals: own } = certified.fields;
  if (!equal(totals, own === undefined ? new Uint8Array() : encode(TotalsSchema, own)))
    return `it attests other totals than block ${toHex(certified.hash)} has`;
  return '';
}
