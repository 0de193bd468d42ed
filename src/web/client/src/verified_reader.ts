// Reads that trust no node: a record counts only with its proof under the state root of a header that a quorum of the
// validators has signed, a transaction only with its path under that header's roots (src/client/verified_reads.h).
//
// What the node says beside that is ignored. A lie is bad_header, bad_certificate or bad_proof; an answer that is
// older than one seen before is answer_stale; what cannot be read is answer_malformed. A node that is behind need not
// lie: for an answer that is stale, and for a height that is proven to be there and that it lacks, the next one is
// asked, each once, and only when all are behind it is thrown. The validators are those of the chain's genesis document
// and, set by set, those that they have named since. What remains to be trusted is that no quorum of a set that has gone
// signs blocks beside the chain. Nobody signs block 0: it is the one that follows from the genesis document, or a lie.
import { type DescMessage, type MessageShape } from '@bufbuild/protobuf';

import { Header } from './block.js';
import { type Bytes, equal, toHex } from './bytes.js';
import { decode } from './canonical.js';
import { LightClient } from './certificate.js';
import { isPcqError, PcqError } from './error.js';
import { type Receipt, ReceiptSchema } from './gen/proto/pcq/v1/block_pb.js';
import { type Genesis } from './genesis.js';
import { genesisHeader } from './genesis_block.js';
import { taggedHash } from './hash.js';
import { bytesIn, countIn, hashesIn, type Json, listIn, malformed, member } from './json.js';
import { listRoot, verifyRange } from './list_tree.js';
import { type Params, type RpcClient } from './rpc_client.js';
import { verifyStateProof } from './state_proof.js';
import { type Table } from './tables.js';

export { type Receipt };

export interface VerifiedRecords {
  /** The state is that after this block. */
  header: Header;
  /** In the order of the keys; null: proven to be absent. */
  values: (Bytes | null)[];
}

export interface VerifiedTransaction {
  /** Of its block. */
  header: Header;
  index: number;
  receipt: Receipt;
}

export interface VerifiedBlock {
  header: Header;
  /** Hashes, in order. */
  transactions: Bytes[];
}

const keysMax = 256; // of one question
const transactionsMax = 10_000; // of one block

export class VerifiedReader {
  readonly chain: string; // its id, which is how the node is asked for it
  private readonly lightClient: LightClient;
  private readonly first: (() => Header) | undefined; // block 0
  private newest = 0n;
  private following: Promise<void> | undefined;

  /** Without all of the document nothing of block 0 is believed. */
  constructor(
    private readonly rpc: RpcClient,
    readonly genesis: Genesis | Pick<Genesis, 'chain' | 'validators'>,
  ) {
    this.chain = toHex(genesis.chain);
    if ('fields' in genesis) this.first = once(() => genesisHeader(genesis));
    this.lightClient = new LightClient(genesis.chain, genesis.validators);
  }

  /** The highest height that was verified. */
  get height(): bigint {
    return this.newest;
  }
  /** The newest set that was followed to. */
  get validators() {
    return this.lightClient.validators;
  }

  /** State after the block at `height`, or the newest that the node has. At most 256 keys. */
  async read(keys: Bytes[], height?: bigint): Promise<VerifiedRecords> {
    if (keys.length === 0 || keys.length > keysMax)
      throw new PcqError('bad_argument', `${keys.length} keys were asked for, 1 to ${keysMax} are allowed`);
    const seen = this.newest;
    return this.ask('state', { keys: keys.map(toHex) }, height, async (answer) => {
      const header = await this.certified(answer, seen, height);
      const records = listIn(answer, 'records');
      if (records.length !== keys.length) throw malformed('the node\'s answer has no usable "records"');
      const values = records.map((record, i) => {
        const value = member(record, 'value') === null ? null : bytesIn(record, 'value');
        // Against the key that was asked for, not the one that the node repeats.
        verifyStateProof(header.fields.stateRoot, keys[i]!, value, bytesIn(record, 'proof'));
        return value;
      });
      return { header, values };
    });
  }

  /** One record of a table, or null where there is proven to be none. */
  async record<Key extends readonly unknown[], Desc extends DescMessage>(
    table: Table<Key, Desc>,
    key: Key,
    height?: bigint,
  ): Promise<MessageShape<Desc> | null> {
    const { values } = await this.read([table.key(...key)], height);
    const value = values[0]!;
    if (value === null) return null;
    const record = decode(table.schema, value);
    if (record === undefined)
      throw new PcqError('bad_encoding', 'the proven record is of another kind than asked for');
    return record;
  }

  /** A header: of `height`, or the newest that the node has. */
  async header(height?: bigint): Promise<Header> {
    const seen = this.newest;
    return this.ask('totals', {}, height, (answer) => this.certified(answer, seen, height));
  }

  /** A block's header and the hashes of its transactions. */
  async block(height: bigint): Promise<VerifiedBlock> {
    return this.ask('block', { limit: transactionsMax }, height, (answer) => this.blockIn(answer, height));
  }

  private async blockIn(answer: Json, height: bigint): Promise<VerifiedBlock> {
    const header = await this.verify(bytesIn(answer, 'header_bytes'), bytesIn(answer, 'certificate_bytes'));
    this.note(header, 0n, height);
    const transactions = hashesIn(answer, 'transactions');
    let cursor = member(answer, 'next');
    while (typeof cursor === 'string' && transactions.length < header.fields.transactionCount) {
      const page: Json = await this.ask('block', { limit: transactionsMax, cursor }, height, (next) => next);
      const more = hashesIn(page, 'transactions');
      transactions.push(...more);
      cursor = more.length === 0 ? undefined : member(page, 'next');
    }
    if (
      transactions.length !== header.fields.transactionCount ||
      !equal(listRoot(transactions), header.fields.transactionsRoot)
    )
      throw new PcqError('bad_proof', `the transactions shown are not those of block ${height}`);
    return { header, transactions };
  }

  /** not_found if the node does not have it committed, which is the one thing that is not proven. */
  async transaction(hash: Bytes): Promise<VerifiedTransaction> {
    const asked = { hash: toHex(hash), proof: true };
    return this.ask('transaction', asked, undefined, (answer) => this.transactionIn(answer, hash));
  }

  private async transactionIn(answer: Json, hash: Bytes): Promise<VerifiedTransaction> {
    const proof = member(answer, 'proof');
    if (proof === undefined)
      throw new PcqError('not_found', `the node has no committed transaction ${toHex(hash)}`);
    const header = await this.verify(bytesIn(proof, 'header'), bytesIn(proof, 'certificate'));
    const index = countIn(proof, 'index');
    const receiptBytes = bytesIn(proof, 'receipt');
    const { transactionsRoot, receiptsRoot, transactionCount } = header.fields;
    const leaf = taggedHash('receipt', this.lightClient.chain, receiptBytes);
    verifyPlace(proof, 'transaction', [transactionCount], transactionsRoot, hash, index);
    // The block's own work, if it did any, has a receipt after those of its transactions.
    verifyPlace(proof, 'receipt', [transactionCount, transactionCount + 1], receiptsRoot, leaf, index);
    const receipt = decode(ReceiptSchema, receiptBytes);
    if (receipt === undefined || !equal(receipt.transaction, hash))
      throw new PcqError('bad_proof', 'the proven receipt is of another transaction');
    this.note(header, 0n);
    return { header, index, receipt };
  }

  // Of a height that is proven to be there not_found says that the node is behind, and not that there is none.
  private ask<T>(
    method: string,
    params: Params,
    height: bigint | undefined,
    read: (answer: Json) => T | Promise<T>,
  ): Promise<T> {
    const at = height === undefined ? {} : { height: height.toString() };
    const isThere = height !== undefined && height <= this.newest;
    return this.rpc.callFor(
      method,
      { chain: this.chain, ...params, ...at },
      read,
      isThere ? ['not_found'] : [],
    );
  }

  private async certified(answer: Json, seen: bigint, height?: bigint): Promise<Header> {
    const header = await this.verify(bytesIn(answer, 'header'), bytesIn(answer, 'certificate'));
    this.note(header, seen, height);
    return header;
  }

  // `seen` is the newest height when the question was asked.
  private note(header: Header, seen: bigint, height?: bigint): void {
    const shown = header.height;
    if (height !== undefined && shown !== height)
      throw new PcqError('bad_header', `asked for height ${height}, the node shows ${shown}`);
    if (height === undefined && shown < seen)
      throw new PcqError(
        'answer_stale',
        `the node shows height ${shown} as its newest, but ${seen} has been seen; ask another node`,
      );
    if (shown > this.newest) this.newest = shown;
  }

  private async verify(header: Bytes, certificate: Bytes): Promise<Header> {
    if (certificate.length === 0 && this.first !== undefined) {
      const shown = Header.from(header, this.lightClient.chain);
      if (shown.height === 0n && equal(shown.bytes, this.first().bytes)) return shown;
      if (shown.height === 0n)
        throw new PcqError(
          'bad_header',
          'header 0 refused: another block 0 follows from the genesis document',
        );
    }
    try {
      return this.lightClient.verify(header, certificate);
    } catch (error) {
      if (!isPcqError(error, 'validators_unknown')) throw error;
    }
    await this.follow();
    return this.lightClient.verify(header, certificate);
  }

  // Once at a time, whoever asks.
  private follow(): Promise<void> {
    this.following ??= this.followAll().finally(() => (this.following = undefined));
    return this.following;
  }

  // Whom the node shows as the next validators counts only if those known have named them.
  private async followAll(): Promise<void> {
    for (let more = true; more; ) {
      const cursor = this.lightClient.setCount.toString();
      const answer = await this.rpc.call('validator_sets', { chain: this.chain, cursor });
      const sets = listIn(member(answer, 'value'), 'validator_sets');
      for (const entry of sets) {
        this.lightClient.follow({
          header: bytesIn(entry, 'header'),
          certificate: bytesIn(entry, 'certificate'),
          validators: bytesIn(entry, 'encoded'),
        });
      }
      more = member(answer, 'next') !== undefined && sets.length > 0;
    }
  }
}

function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

// One hash at `index` of a list under a root, with the path that the node gave. Its count has to be one that the header
// allows: with another one the same root stands for a list of another shape, in which the hash has another place.
function verifyPlace(
  proof: Json,
  list: string,
  counts: number[],
  root: Bytes,
  hash: Bytes,
  index: number,
): void {
  const count = countIn(proof, `${list}_count`);
  if (!counts.includes(count))
    throw new PcqError(
      'bad_proof',
      `the node counts ${count} ${list}s, the header allows ${counts.join(' or ')}`,
    );
  verifyRange(root, count, index, [hash], hashesIn(proof, `${list}_path`));
}
