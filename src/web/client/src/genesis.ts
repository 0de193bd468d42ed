// The genesis document: what a chain starts from, and all that a reader has to trust. Its exact bytes are the
// chain's id.
import { fromJson, type JsonValue } from '@bufbuild/protobuf';

import { ValidatorSet } from './block.js';
import { type Bytes, utf8 } from './bytes.js';
import { PcqError } from './error.js';
import { ChainKind, type Genesis as GenesisFields, GenesisSchema } from './gen/proto/pcq/v1/genesis_pb.js';
import { noChain, taggedHash } from './hash.js';

export { type GenesisFields };

const documentBytesMax = 1024 * 1024;

export interface Genesis {
  chain: Bytes; // its id
  document: Bytes;
  fields: GenesisFields;
  validators: ValidatorSet; // the first ones
}

/** The file's bytes, or its text as it was read. bad_encoding. */
export function readGenesis(document: Bytes | string): Genesis {
  const bad = (what: string) => new PcqError('bad_encoding', `genesis document refused: ${what}`);
  const bytes = typeof document === 'string' ? utf8(document) : document;
  if (bytes.length > documentBytesMax) throw bad('it is larger than 1 MiB');
  let fields: GenesisFields;
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    fields = fromJson(GenesisSchema, JSON.parse(text) as JsonValue);
  } catch (error) {
    throw bad((error as Error).message);
  }
  if (fields.format !== 1) throw bad(`format is ${fields.format}, this version knows 1`);
  if (fields.kind !== ChainKind.MAIN && fields.kind !== ChainKind.SIDE)
    throw bad('kind must be CHAIN_KIND_MAIN or CHAIN_KIND_SIDE');
  if (fields.validators === undefined) throw bad('it names no validators');
  return {
    chain: taggedHash('genesis', noChain, bytes),
    document: bytes,
    fields,
    validators: ValidatorSet.from(fields.validators),
  };
}
