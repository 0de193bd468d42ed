// Block 0, which nobody signs: it follows from the genesis document. Its header is made here once more, record by
// record, as every node makes it (src/ledger/executor.h, make_genesis); vectors hold the two together.
import { create, type DescMessage, type MessageInitShape } from '@bufbuild/protobuf';

import { Header } from './block.js';
import { type Bytes, hashBytes, toHex } from './bytes.js';
import { encode } from './canonical.js';
import { PcqError } from './error.js';
import { HeaderSchema } from './gen/proto/pcq/v1/block_pb.js';
import { ChainKind, Role } from './gen/proto/pcq/v1/genesis_pb.js';
import { type PublicKey as KeyFields } from './gen/proto/pcq/v1/keys_pb.js';
import { type Genesis } from './genesis.js';
import { PublicKey } from './public_key.js';
import { type Entry, stateRoot } from './state_proof.js';
import { type Table, tables } from './tables.js';

/** bad_encoding: no chain can begin with this document. */
export function genesisHeader(genesis: Genesis): Header {
  const validatorsHash = genesis.validators.hash(genesis.chain);
  const none = new Uint8Array(hashBytes);
  const fields = create(HeaderSchema, {
    version: 1,
    chainId: genesis.chain,
    timeMs: genesis.fields.timeMs,
    previousHash: none,
    transactionsRoot: none,
    receiptsRoot: none,
    stateRoot: stateRoot(genesisState(genesis)),
    totals: {},
    validatorsHash,
    nextValidatorsHash: validatorsHash,
  });
  return Header.from(encode(HeaderSchema, fields), genesis.chain);
}

/** The first state: values by key. */
class State {
  readonly records = new Map<string, Entry>();

  put<Key extends readonly unknown[], Desc extends DescMessage>(
    table: Table<Key, Desc>,
    key: Key,
    record: MessageInitShape<Desc>,
  ): void {
    const bytes = table.key(...key);
    const value = encode(table.schema, create(table.schema, record));
    this.records.set(toHex(bytes), { key: bytes, value });
  }
  has<Key extends readonly unknown[], Desc extends DescMessage>(table: Table<Key, Desc>, key: Key): boolean {
    return this.records.has(toHex(table.key(...key)));
  }
}

function genesisState({ fields, validators }: Genesis): Entry[] {
  const state = new State();
  const { kind, organisations, parameters, mainChainId, mainValidators } = fields;
  const first = (role: Role) => organisations.find(({ roles }) => roles.includes(role));
  const accountWith = (role: Role) => accountOf(first(role)?.keys[0]);

  // contracts/governance
  state.put(tables.chain, [], {
    kind,
    parameters: parameters ?? {},
    government: accountWith(Role.GOVERNMENT) ?? new Uint8Array(),
    platform: accountWith(Role.PLATFORM) ?? new Uint8Array(),
    mainChainId,
  });
  state.put(tables.parameterHistory, [0], { parameters: parameters ?? {}, contractsVersion: 1 });
  state.put(tables.parameterCount, [], { value: 1n });

  // contracts/registry
  for (const { name, keys, threshold, roles, meterKind } of organisations) {
    const account = accountOf(keys[0]);
    if (account === undefined) throw bad(`organisation "${name}" has no key`);
    state.put(tables.accounts, [account], { keys, threshold, roles, meterKind });
  }
  state.put(tables.registry, [], {});

  // The validators; one that is no organisation has an account without a role.
  state.put(tables.validatorSets, [0], { fromHeight: 1n, validators: fields.validators! });
  state.put(tables.validatorSetCount, [], { value: 1n });
  const voters = validators.members.map(({ key }) => {
    const account = key.account();
    if (!state.has(tables.accounts, [account]))
      state.put(tables.accounts, [account], { keys: [{ type: key.type, data: key.data }], threshold: 1 });
    return account;
  });
  state.put(tables.voters, [], { accounts: voters });

  // contracts/bridge
  if (kind === ChainKind.SIDE)
    state.put(tables.foreignChains, [mainChainId], { name: 'main', validators: mainValidators ?? {} });
  return [...state.records.values()];
}

function accountOf(key: KeyFields | undefined): Bytes | undefined {
  return key === undefined ? undefined : PublicKey.from(key.type, key.data).account();
}

function bad(what: string): PcqError {
  return new PcqError('bad_encoding', `no block 0 follows from the genesis document: ${what}`);
}
