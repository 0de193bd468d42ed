// Commit certificates and the light client: what convinces somebody who was not there (src/ledger/certificate.h).
import { Header, ValidatorSet } from './block.js';
import { type Bytes, concat, equal, toHex, u32, u64 } from './bytes.js';
import { decodeCanonical } from './canonical.js';
import { PcqError } from './error.js';
import { type CommitCertificate, CommitCertificateSchema } from './gen/proto/pcq/v1/block_pb.js';
import { ValidatorSetSchema } from './gen/proto/pcq/v1/keys_pb.js';
import { taggedHash } from './hash.js';

const commit = 3; // pcq.v1.VoteKind

function bad(what: string): PcqError {
  return new PcqError('bad_certificate', `commit certificate refused: ${what}`);
}

/** What a validator signs to commit a block. */
export function commitDigest(chain: Bytes, height: bigint, view: number, block: Bytes): Bytes {
  return taggedHash('consensus', chain, concat(Uint8Array.of(commit), u64(height), u32(view), block));
}

/** How many of n validators make a quorum. */
export function quorum(n: number): number {
  return Math.floor((n + Math.floor((n - 1) / 3)) / 2) + 1;
}

/** Throws bad_certificate, with the rule that is broken, unless a quorum of `validators` has signed this header. */
export function verifyCertificate(
  header: Header,
  certificate: CommitCertificate,
  validators: ValidatorSet,
): void {
  if (certificate.height !== header.height)
    throw bad(`it is for height ${certificate.height}, the header has ${header.height}`);
  if (!equal(certificate.blockHash, header.hash))
    throw bad(`it is for block ${toHex(certificate.blockHash)}, the header is ${toHex(header.hash)}`);
  const count = certificate.signatures.length;
  const needed = quorum(validators.size);
  if (count < needed || count > validators.size)
    throw bad(`it has ${count} signatures, a quorum of ${validators.size} is ${needed}`);
  const digest = commitDigest(header.fields.chainId, header.height, certificate.view, header.hash);
  let previous = -1;
  for (const { validator, signature } of certificate.signatures) {
    const member = validators.members[validator];
    if (member === undefined || validator <= previous)
      throw bad(`validator ${validator} is unknown, repeated or out of order`);
    previous = validator;
    if (!member.key.verify(digest, signature))
      throw bad(`the signature of validator "${member.name}" does not hold`);
  }
}

/** A change of the validators: the last header that those before have certified, which names the next ones. */
export interface Succession {
  header: Bytes;
  certificate: Bytes;
  validators: Bytes; // encoded ValidatorSet
}

/**
 * Follows a chain by headers alone, from its genesis set. Between two changes of the set any header can be checked
 * by itself; at a change the last header before it names the next set. A set that has gone certifies nothing above
 * its last height.
 */
export class LightClient {
  private readonly sets: { fromHeight: bigint; validators: ValidatorSet }[];

  constructor(
    readonly chain: Bytes,
    validators: ValidatorSet,
    fromHeight = 0n,
  ) {
    this.sets = [{ fromHeight, validators }];
  }

  /** The newest set that is known. */
  get validators(): ValidatorSet {
    return this.sets.at(-1)!.validators;
  }
  /** The first height that it certifies. */
  get fromHeight(): bigint {
    return this.sets.at(-1)!.fromHeight;
  }
  /** How many sets are known: the number of the next one. */
  get setCount(): number {
    return this.sets.length;
  }

  /**
   * A header of any height from the first set's on. bad_header, bad_certificate; validators_unknown: it is certified
   * by a set that has to be followed to first, or is older than the first one known.
   */
  verify(headerBytes: Bytes, certificateBytes: Bytes): Header {
    const header = Header.from(headerBytes, this.chain);
    const unknown = (what: string) =>
      new PcqError('validators_unknown', `header ${header.height} refused: ${what}`);
    const at = this.sets.filter((set) => set.fromHeight <= header.height).length - 1;
    const set = this.sets[at];
    if (set === undefined)
      throw unknown(`the validators are known from height ${this.sets[0]!.fromHeight} on`);
    if (!equal(header.fields.validatorsHash, set.validators.hash(this.chain))) {
      if (at === this.sets.length - 1)
        throw unknown(
          `it is certified by another validator set than the newest one known, that from height ${this.fromHeight}`,
        );
      throw new PcqError(
        'bad_header',
        `header ${header.height} refused: another validator set certified that height`,
      );
    }
    const certificate = decodeCanonical(CommitCertificateSchema, certificateBytes);
    if (certificate === undefined) throw bad('its bytes are no canonical pcq.v1.CommitCertificate');
    verifyCertificate(header, certificate, set.validators);
    return header;
  }

  /** The next set. The same errors; bad_header if the header names another one, bad_encoding if it is no set. */
  follow(change: Succession): void {
    const next = decodeCanonical(ValidatorSetSchema, change.validators);
    if (next === undefined)
      throw new PcqError('bad_encoding', 'the next validators are no canonical pcq.v1.ValidatorSet');
    const header = this.verify(change.header, change.certificate);
    const validators = ValidatorSet.from(next);
    const hash = validators.hash(this.chain);
    const { nextValidatorsHash, validatorsHash } = header.fields;
    if (header.height < this.fromHeight || !equal(nextValidatorsHash, hash) || equal(validatorsHash, hash))
      throw new PcqError(
        'bad_header',
        `header ${header.height} refused: it does not name these validators as the next ones`,
      );
    this.sets.push({ fromHeight: header.height + 1n, validators });
  }
}
