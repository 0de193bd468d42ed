// The encoding rule of everything signed or hashed: bytes are valid only if decoding them, dropping unknown
// fields and encoding again gives the same bytes. One message then has one hash.
import { type DescMessage, fromBinary, type MessageShape, toBinary } from '@bufbuild/protobuf';

import { type Bytes, equal } from './bytes.js';

/** Fields ascending, defaults left out: what C++ writes. */
export function encode<Desc extends DescMessage>(schema: Desc, message: MessageShape<Desc>): Bytes {
  return toBinary(schema, message, { writeUnknownFields: false });
}

/** Nothing unless the bytes are canonical. */
export function decodeCanonical<Desc extends DescMessage>(
  schema: Desc,
  bytes: Bytes,
): MessageShape<Desc> | undefined {
  const message = decode(schema, bytes);
  return message !== undefined && equal(encode(schema, message), bytes) ? message : undefined;
}

/** Nothing if the bytes are no such message. Unknown fields are ignored, as a record of a later version needs. */
export function decode<Desc extends DescMessage>(schema: Desc, bytes: Bytes): MessageShape<Desc> | undefined {
  try {
    return fromBinary(schema, bytes, { readUnknownFields: false });
  } catch {
    return undefined;
  }
}
