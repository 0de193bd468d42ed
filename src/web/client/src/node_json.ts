// Messages as a node writes them in JSON (docs/rpc.md, "Values"), read back: what a node shows in words can then be
// encoded and checked against the hash that a header certifies.
import { create, type DescField, type DescMessage, type MessageShape, ScalarType } from '@bufbuild/protobuf';

import { fromAddress } from './address.js';
import { type Bytes, fromHex } from './bytes.js';
import { type Json, malformed, member } from './json.js';

/** answer_malformed: no such message. Members that the message does not have are ignored. */
export function fromNodeJson<Desc extends DescMessage>(schema: Desc, json: Json): MessageShape<Desc> {
  return fill(schema, json, 0) as MessageShape<Desc>;
}

const depthMax = 32;

function fill(schema: DescMessage, json: Json, depth: number) {
  if (depth > depthMax) throw malformed('a message in the answer is too deep');
  if (json === null || typeof json !== 'object' || Array.isArray(json))
    throw malformed(`the node's answer has no usable ${schema.name}`);
  const message = create(schema) as { [name: string]: unknown };
  for (const field of schema.fields) {
    const value = member(json, field.name);
    if (value === undefined || value === null) continue;
    const read = readField(field, value, depth);
    if (field.oneof === undefined) message[field.localName] = read;
    else message[field.oneof.localName] = { case: field.localName, value: read };
  }
  return message;
}

function readField(field: DescField, value: Json, depth: number): unknown {
  if (field.fieldKind === 'list') {
    if (!Array.isArray(value)) throw unusable(field);
    return value.map((entry) => {
      if (field.listKind === 'message') return fill(field.message, entry, depth + 1);
      return field.listKind === 'enum' ? enumFrom(field, entry) : scalarFrom(field, field.scalar, entry);
    });
  }
  if (field.fieldKind === 'message') return fill(field.message, value, depth + 1);
  if (field.fieldKind === 'enum') return enumFrom(field, value);
  if (field.fieldKind === 'scalar') return scalarFrom(field, field.scalar, value);
  throw unusable(field);
}

function unusable(field: DescField) {
  return malformed(`the node's answer has no usable "${field.name}"`);
}

// PERIOD_PHASE_TRUE_UP of enum PeriodPhase is written "true_up".
function enumFrom(field: DescField, value: Json): number {
  const desc = field.enum!;
  const prefix = `${desc.name.replace(/([a-z0-9])([A-Z])/g, '$1_$2').toUpperCase()}_`;
  const found = desc.values.find((entry) => entry.name.replace(prefix, '').toLowerCase() === value);
  if (found === undefined) throw unusable(field);
  return found.number;
}

const large = [
  ScalarType.INT64,
  ScalarType.UINT64,
  ScalarType.SINT64,
  ScalarType.FIXED64,
  ScalarType.SFIXED64,
];

function scalarFrom(field: DescField, type: ScalarType, value: Json): unknown {
  if (type === ScalarType.BYTES) return bytesFrom(field, value);
  if (large.includes(type)) {
    const isExact =
      typeof value === 'number' ? Number.isSafeInteger(value) : /^-?\d{1,20}$/.test(String(value));
    if (!isExact) throw unusable(field);
    return BigInt(value as number | string);
  }
  const wanted = type === ScalarType.BOOL ? 'boolean' : type === ScalarType.STRING ? 'string' : 'number';
  if (typeof value !== wanted) throw unusable(field);
  return value;
}

function bytesFrom(field: DescField, value: Json): Bytes {
  if (typeof value !== 'string') throw unusable(field);
  try {
    return value.startsWith('pcq1') ? fromAddress(value) : fromHex(value);
  } catch {
    throw unusable(field);
  }
}
