// Blocks and transactions with what became of them, each held against the roots of a certified header.
import {
  decode,
  encode,
  fromBase64,
  fromNodeJson,
  type Header,
  type Json,
  listRoot,
  PcqError,
  type Receipt,
  ReceiptSchema,
  taggedHash,
  toHex,
  type TransactionBody,
  TransactionBodySchema,
  transactionHash,
  TransactionSchema,
} from 'pcq-client';

import { type Chain } from './chain.js';
import { same } from './same.js';

export interface Done {
  hash: Uint8Array;
  index: number;
  body: TransactionBody;
  bytes: Uint8Array;
  receipt: Receipt;
}
export interface WholeBlock {
  header: Header;
  transactions: Done[];
  /** Of the block's own work: prices, auctions, settlement. */
  own: Receipt | undefined;
}

/** More transactions than this are not fetched at once. */
export const wholeMax = 2_000;

/** A block with all that is in it. Throws where something shown is not what the header certifies. */
export async function wholeBlock(chain: Chain, height: bigint, certified?: Header): Promise<WholeBlock> {
  const header = certified ?? (await chain.reader.header(height));
  const entries: Json[] = [];
  let own: Json | undefined;
  let cursor: string | undefined;
  do {
    const page = (await chain.said('block', {
      height: height.toString(),
      detail: 'full',
      ...(cursor === undefined ? {} : { cursor }),
    })) as { transactions: Json[]; own_receipt?: Json; next?: string };
    entries.push(...page.transactions);
    own = page.own_receipt;
    cursor = page.transactions.length === 0 ? undefined : page.next;
  } while (cursor !== undefined && entries.length < header.fields.transactionCount);

  const receipts: Uint8Array[] = [];
  const noteReceipt = (json: Json): Receipt => {
    const receipt = fromNodeJson(ReceiptSchema, json);
    receipts.push(taggedHash('receipt', chain.genesis.chain, encode(ReceiptSchema, receipt)));
    return receipt;
  };
  const transactions = entries.map((entry, index) => {
    const { bytes: text, receipt } = entry as { bytes: string; receipt: Json };
    const bytes = fromBase64(text);
    return {
      ...opened(bytes),
      bytes,
      index,
      hash: transactionHash(chain.genesis.chain, bytes),
      receipt: noteReceipt(receipt),
    };
  });
  const ownReceipt = own === undefined ? undefined : noteReceipt(own);
  const { transactionsRoot, receiptsRoot } = header.fields;
  if (!same(listRoot(transactions.map(({ hash }) => hash)), transactionsRoot))
    throw new PcqError('bad_proof', `the node shows other transactions than block ${height} has`);
  if (!same(listRoot(receipts), receiptsRoot))
    throw new PcqError('bad_proof', `the node shows other outcomes than block ${height} has`);
  return { header, transactions, own: ownReceipt };
}

/** One transaction: its outcome by proof, what it says by its hash. */
export async function oneTransaction(chain: Chain, hash: Uint8Array): Promise<Done & { header: Header }> {
  const { header, index, receipt } = await chain.reader.transaction(hash);
  const page = (await chain.said('block', {
    height: header.height.toString(),
    detail: 'full',
    cursor: String(index),
    limit: 1,
  })) as { transactions: { bytes: string }[] };
  const bytes = fromBase64(page.transactions[0]?.bytes ?? '');
  if (!same(transactionHash(chain.genesis.chain, bytes), hash))
    throw new PcqError('bad_proof', `the node shows another transaction than ${toHex(hash)}`);
  return { header, index, receipt, hash, bytes, ...opened(bytes) };
}

function opened(bytes: Uint8Array): { body: TransactionBody } {
  const envelope = decode(TransactionSchema, bytes);
  const body = envelope === undefined ? undefined : decode(TransactionBodySchema, envelope.body);
  if (body === undefined) throw new PcqError('bad_encoding', 'a transaction that this page cannot read');
  return { body };
}
