// Byte strings, and their texts: hexadecimal, base64. Numbers inside hashed bytes are big-endian.
import { PcqError } from './error.js';

export type Bytes = Uint8Array;

export const hashBytes = 32;

export function concat(...parts: Bytes[]): Bytes {
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

/** As C++ compares: byte by byte, and the shorter of two that begin alike first. */
export function compare(a: Bytes, b: Bytes): number {
  const common = Math.min(a.length, b.length);
  for (let i = 0; i < common; ++i) {
    if (a[i] !== b[i]) return a[i]! - b[i]!;
  }
  return a.length - b.length;
}

export function equal(a: Bytes, b: Bytes): boolean {
  return compare(a, b) === 0;
}

export function utf8(text: string): Bytes {
  return new TextEncoder().encode(text);
}

export function u32(value: number): Bytes {
  if (!Number.isInteger(value) || value < 0 || value >= 2 ** 32)
    throw new PcqError('bad_argument', `${value} is no number of 32 bits`);
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
}

export function u64(value: bigint): Bytes {
  if (value < 0n || value >= 2n ** 64n)
    throw new PcqError('bad_argument', `${value} is no number of 64 bits`);
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, value);
  return bytes;
}

export function toHex(bytes: Bytes): string {
  let text = '';
  for (const byte of bytes) text += byte.toString(16).padStart(2, '0');
  return text;
}

/** bad_hex: no hexadecimal digits, or not as many bytes as asked for. */
export function fromHex(text: string, length?: number): Bytes {
  if (text.length % 2 !== 0)
    throw new PcqError('bad_hex', `hexadecimal text has an odd number of digits: ${text.length}`);
  const wrong = text.search(/[^0-9a-fA-F]/);
  if (wrong >= 0) throw new PcqError('bad_hex', `not a hexadecimal digit at position ${wrong}`);
  if (length !== undefined && text.length !== 2 * length)
    throw new PcqError('bad_hex', `expected ${2 * length} hexadecimal digits, got ${text.length}`);
  const bytes = new Uint8Array(text.length / 2);
  for (let i = 0; i < bytes.length; ++i) bytes[i] = Number.parseInt(text.slice(2 * i, 2 * i + 2), 16);
  return bytes;
}

const chunk = 0x8000; // arguments of one call

export function toBase64(bytes: Bytes): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += chunk)
    text += String.fromCharCode(...bytes.subarray(at, at + chunk));
  return btoa(text);
}

/** With padding, in its only form. bad_encoding. */
export function fromBase64(text: string): Bytes {
  const refused = () => new PcqError('bad_encoding', 'text is no base64 with padding');
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) throw refused();
  const decoded = atob(text);
  const bytes = new Uint8Array(decoded.length);
  for (let i = 0; i < decoded.length; ++i) bytes[i] = decoded.charCodeAt(i);
  // Bits that fill up the last character must be zero: one byte string, one text.
  if (toBase64(bytes.subarray(bytes.length - (bytes.length % 3))) !== text.slice(lastGroup(bytes.length)))
    throw refused();
  return bytes;
}

// Where the text of the last, incomplete three bytes begins.
function lastGroup(length: number): number {
  return 4 * Math.floor(length / 3);
}
