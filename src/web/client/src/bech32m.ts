// Bech32m (BIP-350): prefix, "1", symbols of five bits, six symbols of checksum; all lower or all upper case. The
// rules, and the words for what breaks them, are those of src/base/bech32m.cc.
import { type Bytes } from './bytes.js';
import { PcqError } from './error.js';

const alphabet = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l';
const constant = 0x2bc830a3;
const checksumSymbols = 6;
const textMax = 90;
// x^6 modulo the generator, times 1, 2, 4, 8 and 16.
const generator = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3];

function bad(what: string): PcqError {
  return new PcqError('bad_address', what);
}

// The remainder of a polynomial over GF(32).
function remainder(prefix: string, symbols: number[]): number {
  const codes = [...prefix].map((c) => c.charCodeAt(0));
  let sum = 1;
  for (const symbol of [...codes.map((c) => c >> 5), 0, ...codes.map((c) => c & 31), ...symbols]) {
    const top = sum >>> 25;
    sum = ((sum & 0x1ffffff) << 5) ^ symbol;
    generator.forEach((value, bit) => {
      if ((top >> bit) & 1) sum ^= value;
    });
  }
  return sum >>> 0;
}

/** Prefix in lower case, symbols 0 to 31. */
export function toBech32m(prefix: string, symbols: number[]): string {
  const sum = remainder(prefix, [...symbols, ...new Array<number>(checksumSymbols).fill(0)]) ^ constant;
  const checksum = Array.from(
    { length: checksumSymbols },
    (_, i) => (sum >>> (5 * (checksumSymbols - 1 - i))) & 31,
  );
  return `${prefix}1${[...symbols, ...checksum].map((symbol) => alphabet[symbol]).join('')}`;
}

function checkCharacters(text: string): void {
  const size = new TextEncoder().encode(text).length;
  if (size > textMax) throw bad(`it has ${size} characters, the most is ${textMax}`);
  const odd = [...text].findIndex((c) => c < '!' || c > '~');
  if (odd >= 0) throw bad(`character ${odd + 1} is a space, not printable or not ASCII`);
  if (/[a-z]/.test(text) && /[A-Z]/.test(text)) throw bad('it mixes upper and lower case');
}

export function fromBech32m(text: string): { prefix: string; symbols: number[] } {
  checkCharacters(text);
  const separator = text.lastIndexOf('1');
  if (separator < 0) throw bad('there is no "1" after the prefix');
  if (separator === 0) throw bad('the prefix before the "1" is missing');
  if (text.length - separator - 1 < checksumSymbols)
    throw bad('it is too short: six characters of checksum follow the prefix and the "1"');
  const prefix = text.slice(0, separator).toLowerCase();
  const symbols: number[] = [];
  for (let i = separator + 1; i < text.length; ++i) {
    const value = alphabet.indexOf(text[i]!.toLowerCase());
    if (value < 0) throw bad(`character ${i + 1}, "${text[i]}", cannot follow the prefix`);
    symbols.push(value);
  }
  if (remainder(prefix, symbols) !== constant)
    throw bad('its checksum is wrong: a character was changed, left out or added');
  return { prefix, symbols: symbols.slice(0, -checksumSymbols) };
}

/** Bytes as symbols of five bits, the last one filled up with zeros. */
export function toSymbols(bytes: Bytes): number[] {
  const symbols: number[] = [];
  let held = 0;
  let bits = 0;
  for (const byte of bytes) {
    held = ((held << 8) | byte) & 0xfff;
    for (bits += 8; bits >= 5; bits -= 5) symbols.push((held >> (bits - 5)) & 31);
  }
  if (bits > 0) symbols.push((held << (5 - bits)) & 31);
  return symbols;
}

export function fromSymbols(symbols: number[]): Bytes {
  const bytes: number[] = [];
  let held = 0;
  let bits = 0;
  for (const symbol of symbols) {
    held = ((held << 5) | symbol) & 0xfff;
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      bytes.push((held >> bits) & 0xff);
    }
  }
  if (bits >= 5) throw bad('it is a character too long or too short for whole bytes');
  if ((held & ((1 << bits) - 1)) !== 0) throw bad('the bits that fill up its last character are not zero');
  return Uint8Array.from(bytes);
}
