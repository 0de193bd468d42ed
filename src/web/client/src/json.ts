// Answers of a node as JSON, read with suspicion: answer_malformed names what is missing or of another kind.
import { type Bytes, fromBase64, fromHex } from './bytes.js';
import { PcqError } from './error.js';

export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

export function malformed(what: string): PcqError {
  return new PcqError('answer_malformed', what);
}

function unusable(name: string): PcqError {
  return malformed(`the node's answer has no usable "${name}"`);
}

export function member(value: Json | undefined, name: string): Json | undefined {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return undefined;
  return Object.hasOwn(value, name) ? value[name] : undefined;
}

export function listIn(value: Json | undefined, name: string): Json[] {
  const list = member(value, name);
  if (!Array.isArray(list)) throw unusable(name);
  return list;
}

export function textIn(value: Json | undefined, name: string): string {
  const text = member(value, name);
  if (typeof text !== 'string') throw unusable(name);
  return text;
}

/** Not negative: a JSON number, or decimal text where a double would not hold it. */
export function integerIn(value: Json | undefined, name: string): bigint {
  const number = member(value, name);
  if (typeof number === 'number' && Number.isSafeInteger(number) && number >= 0) return BigInt(number);
  if (typeof number === 'string' && /^\d{1,20}$/.test(number)) return BigInt(number);
  throw unusable(name);
}

/** An integer that counts or places something. */
export function countIn(value: Json | undefined, name: string): number {
  const number = member(value, name);
  if (typeof number !== 'number' || !Number.isSafeInteger(number) || number < 0) throw unusable(name);
  return number;
}

export function bytesIn(value: Json | undefined, name: string): Bytes {
  const text = textIn(value, name);
  try {
    return fromBase64(text);
  } catch {
    throw unusable(name);
  }
}

export function hashFrom(text: Json | undefined, name: string): Bytes {
  if (typeof text !== 'string') throw unusable(name);
  try {
    return fromHex(text, 32);
  } catch {
    throw unusable(name);
  }
}

export function hashesIn(value: Json | undefined, name: string): Bytes[] {
  return listIn(value, name).map((entry) => hashFrom(entry, name));
}
