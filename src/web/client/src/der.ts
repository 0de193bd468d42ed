// As much of DER as key files need: integers, octet strings, object identifiers and sequences of them.
import { type Bytes, concat } from './bytes.js';

export const Tag = { integer: 2, bits: 3, octets: 4, oid: 6, sequence: 0x30, tagged1: 0xa1 } as const;

export function der(tag: number, ...parts: Bytes[]): Bytes {
  const content = concat(...parts);
  const n = content.length;
  const length = n < 0x80 ? [n] : n < 0x100 ? [0x81, n] : [0x82, n >> 8, n & 0xff]; // at most 64 KiB here
  return concat(Uint8Array.of(tag, ...length), content);
}

export function derInteger(value: number): Bytes {
  const bytes = [];
  for (let rest = value; rest > 0 || bytes.length === 0; rest = Math.floor(rest / 256))
    bytes.unshift(rest % 256);
  if (bytes[0]! >= 0x80) bytes.unshift(0);
  return der(Tag.integer, Uint8Array.from(bytes));
}

/** Reads values one after the other; throws RangeError at what is not there or cannot be. */
export class DerReader {
  private at = 0;
  constructor(private readonly bytes: Bytes) {}

  get done(): boolean {
    return this.at === this.bytes.length;
  }
  get tag(): number | undefined {
    return this.bytes[this.at];
  }

  read(tag: number): Bytes {
    if (this.byte() !== tag) throw new RangeError('another value was expected');
    let length = this.byte();
    if (length > 0x82 || length === 0x80) throw new RangeError('a length that cannot be');
    if (length > 0x80) {
      let count = length - 0x80;
      for (length = 0; count > 0; --count) length = length * 256 + this.byte();
    }
    if (length > this.bytes.length - this.at) throw new RangeError('the end is missing');
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }
  sequence(): DerReader {
    return new DerReader(this.read(Tag.sequence));
  }
  /** Not negative and below 2^48. */
  integer(): number {
    const bytes = this.read(Tag.integer);
    if (bytes.length === 0 || bytes.length > 6 || bytes[0]! >= 0x80)
      throw new RangeError('an integer that cannot be');
    return bytes.reduce((sum, byte) => sum * 256 + byte, 0);
  }

  private byte(): number {
    const byte = this.bytes[this.at++];
    if (byte === undefined) throw new RangeError('the end is missing');
    return byte;
  }
}
