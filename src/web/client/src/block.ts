// Headers as views over exact bytes, and the validator sets that certify them (src/ledger/block.h). The checks and
// the words for what breaks them are those of C++; vectors hold the two together.
import { type Bytes, equal, hashBytes, toHex, utf8 } from './bytes.js';
import { decodeCanonical, encode } from './canonical.js';
import { PcqError } from './error.js';
import { type Header as HeaderFields, HeaderSchema } from './gen/proto/pcq/v1/block_pb.js';
import {
  KeyType,
  type ValidatorSet as ValidatorSetFields,
  ValidatorSetSchema,
} from './gen/proto/pcq/v1/keys_pb.js';
import { taggedHash } from './hash.js';
import { PublicKey } from './public_key.js';

export { type HeaderFields };

const headerVersion = 1;
const headerBytesMax = 8 * 1024;
const validatorsMin = 4;
const validatorsMax = 100;
const nameBytesMax = 64;

/** A decoded header, the bytes it came from, and their hash: the block's. */
export class Header {
  private constructor(
    readonly bytes: Bytes,
    readonly hash: Bytes,
    readonly fields: HeaderFields,
  ) {}

  /** bad_header with the rule that is broken. */
  static from(bytes: Bytes, chain: Bytes): Header {
    const bad = (what: string) => new PcqError('bad_header', `header refused: ${what}`);
    if (bytes.length > headerBytesMax)
      throw bad(`it has ${bytes.length} bytes, at most ${headerBytesMax} are allowed`);
    const fields = decodeCanonical(HeaderSchema, bytes);
    if (fields === undefined) throw bad('its bytes are no canonical pcq.v1.Header');
    if (fields.version !== headerVersion) throw bad(`version ${fields.version} is unknown`);
    if (!equal(fields.chainId, chain))
      throw bad(`it is of chain ${toHex(fields.chainId)}, expected ${toHex(chain)}`);
    const hashes = [
      fields.previousHash,
      fields.transactionsRoot,
      fields.receiptsRoot,
      fields.stateRoot,
      fields.validatorsHash,
      fields.nextValidatorsHash,
    ];
    for (const hash of hashes) {
      if (hash.length !== hashBytes) throw bad(`a hash in it has ${hash.length} bytes, expected 32`);
    }
    return new Header(bytes, taggedHash('header', chain, bytes), fields);
  }

  get height(): bigint {
    return this.fields.height;
  }
}

/** 4 to 100 validators, ascending by key. */
export class ValidatorSet {
  private constructor(
    readonly members: readonly { readonly key: PublicKey; readonly name: string }[],
    private readonly encoded: Bytes,
  ) {}

  /** bad_encoding with the rule that is broken. */
  static from(fields: ValidatorSetFields): ValidatorSet {
    const bad = (what: string) => new PcqError('bad_encoding', what);
    const count = fields.validators.length;
    if (count < validatorsMin || count > validatorsMax)
      throw bad(`a validator set has 4 to 100 members, got ${count}`);
    const members: { key: PublicKey; name: string }[] = [];
    for (const { publicKey, name } of fields.validators) {
      if (publicKey?.type !== KeyType.ED25519) throw bad(`validator "${name}" must have an Ed25519 key`);
      if (name === '' || utf8(name).length > nameBytesMax)
        throw bad('a validator needs a name of 1 to 64 bytes');
      const key = validatorKey(name, publicKey.data);
      const previous = members.at(-1)?.key;
      if (previous !== undefined && previous.compare(key) >= 0)
        throw bad(`validator "${name}" is out of order: sort by key, each key once`);
      members.push({ key, name });
    }
    return new ValidatorSet(members, encode(ValidatorSetSchema, fields));
  }

  get size(): number {
    return this.members.length;
  }

  /** What headers name the set by. */
  hash(chain: Bytes): Bytes {
    return taggedHash('validators', chain, this.encoded);
  }
}

function validatorKey(name: string, data: Bytes): PublicKey {
  try {
    return PublicKey.from(KeyType.ED25519, data);
  } catch (error) {
    throw new PcqError('bad_encoding', `validator "${name}": ${(error as Error).message}`);
  }
}
