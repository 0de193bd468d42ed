// Signed transactions, as the exact bytes that C++ makes (src/ledger/transaction.h).
import { create, type MessageInitShape } from '@bufbuild/protobuf';

import { type Bytes, equal } from './bytes.js';
import { decodeCanonical, encode } from './canonical.js';
import { PcqError } from './error.js';
import {
  type Transaction,
  type TransactionBody,
  TransactionBodySchema,
  TransactionSchema,
} from './gen/proto/pcq/v1/transaction_pb.js';
import { taggedHash } from './hash.js';
import { PublicKey } from './public_key.js';
import { type SigningKey } from './signing_key.js';

export { type TransactionBody };

type BodyInit = Exclude<MessageInitShape<typeof TransactionBodySchema>, { $typeName: string }>;

/** One action: `{ case: 'sellSurplus', value: { period: 2027, grams: 12_500n } }`. Fields left out are zero. */
export type Action = Exclude<NonNullable<BodyInit['action']>, { case: undefined }>;

const signaturesMax = 16;

/** The same for the same action, whoever signs it and when. */
export function actionBytes(action: Action | TransactionBody['action']): Bytes {
  return encode(TransactionBodySchema, create(TransactionBodySchema, { action: action as Action }));
}

/** What identifies a transaction on a chain, and makes it safe to send again. */
export function transactionHash(chain: Bytes, bytes: Bytes): Bytes {
  return taggedHash('transaction', chain, bytes);
}

/** The body signed by each key, with the signatures in the order that the rule asks for. */
export async function signTransaction(body: TransactionBody, keys: SigningKey[]): Promise<Bytes> {
  const bytes = encode(TransactionBodySchema, body);
  const ordered = [...keys].sort((a, b) => a.publicKey.compare(b.publicKey));
  const signatures = await Promise.all(
    ordered.map(async (key) => ({
      publicKey: { type: key.publicKey.type, data: key.publicKey.data },
      signature: await key.sign('transaction-body', body.chainId, bytes),
    })),
  );
  return encode(TransactionSchema, create(TransactionSchema, { body: bytes, signatures }));
}

/**
 * What a transaction says, if it is canonical, of this chain, and every signature holds; whether the keys are the
 * account's, the chain knows.
 */
export function readTransaction(chain: Bytes, bytes: Bytes): TransactionBody {
  const refused = (what: string) => new PcqError('bad_encoding', `transaction refused: ${what}`);
  const envelope: Transaction | undefined = decodeCanonical(TransactionSchema, bytes);
  if (envelope === undefined) throw refused('its bytes are no canonical pcq.v1.Transaction');
  const body = decodeCanonical(TransactionBodySchema, envelope.body);
  if (body === undefined) throw refused('its body is no canonical pcq.v1.TransactionBody');
  if (!equal(body.chainId, chain))
    throw new PcqError('transaction_wrong_chain', 'the transaction is of another chain');
  const count = envelope.signatures.length;
  if (count === 0 || count > signaturesMax)
    throw refused(`it has ${count} signatures, 1 to ${signaturesMax} are allowed`);
  const digest = taggedHash('transaction-body', chain, envelope.body);
  let previous: PublicKey | undefined;
  for (const { publicKey, signature } of envelope.signatures) {
    const key = PublicKey.named(publicKey?.type ?? 0, publicKey?.data ?? new Uint8Array());
    if (previous !== undefined && previous.compare(key) >= 0)
      throw refused('signatures are not in ascending order of their keys');
    if (!key.verify(digest, signature)) throw refused('a signature does not hold');
    previous = key;
  }
  return body;
}
