// The chains of the node that serves this page, each with its genesis document, its verified reader, and who is who.
import {
  type Bytes,
  ChainClient,
  ChainKind,
  fromBase64,
  type Genesis,
  type Json,
  PcqError,
  PublicKey,
  readGenesis,
  Role,
  toHex,
} from 'pcq-client';

import { Live } from './live.js';
import { node, rpc } from './node.js';
import { type Trust, trust } from './trust.js';

export interface Party {
  name: string;
  roles: Role[];
}

export class Chain {
  readonly client: ChainClient;
  readonly live: Live;
  readonly parties = new Map<string, Party>(); // by id in hexadecimal: those of the genesis document

  constructor(readonly genesis: Genesis) {
    this.client = new ChainClient({ nodes: node, genesis: genesis.document });
    this.live = new Live(this);
    for (const { name, keys, roles } of genesis.fields.organisations) {
      const account = accountOf(keys[0]);
      if (account !== undefined) this.parties.set(account, { name, roles });
    }
    for (const { publicKey, name } of genesis.fields.validators?.validators ?? []) {
      const account = accountOf(publicKey);
      if (account !== undefined && !this.parties.has(account)) this.parties.set(account, { name, roles: [] });
    }
  }
  get name(): string {
    return this.genesis.fields.name;
  }
  get id(): string {
    return toHex(this.genesis.chain);
  }
  get isMain(): boolean {
    return this.genesis.fields.kind === ChainKind.MAIN;
  }
  get reader() {
    return this.client.reader;
  }
  get trust(): Trust {
    return trust.of(this.name, this.id);
  }
  partyOf(account: Bytes): Party | undefined {
    return this.parties.get(toHex(account));
  }
  /** The first organisation of the genesis document with a role. */
  accountWith(role: Role): string | undefined {
    for (const [account, party] of this.parties) if (party.roles.includes(role)) return account;
    return undefined;
  }
  /** A question that nothing proves. */
  async said(method: string, params: { [name: string]: Json } = {}): Promise<Json> {
    return rpc.call(method, { chain: this.id, ...params });
  }
  /** The same of what some nodes tell their operators alone; nothing: this one does. */
  async saidToAll(method: string): Promise<Json | undefined> {
    try {
      return await this.said(method);
    } catch (error) {
      if (error instanceof PcqError && error.reason === 'not_authorised') return undefined;
      throw error;
    }
  }
}

function accountOf(key: { type: number; data: Bytes } | undefined): string | undefined {
  try {
    return key === undefined ? undefined : toHex(PublicKey.from(key.type, key.data).account());
  } catch {
    return undefined;
  }
}

/** Main chains first. The documents' hashes are the chains' ids, whatever the node calls them. */
export async function connect(): Promise<Chain[]> {
  const listed = await rpc.call('chains');
  if (!Array.isArray(listed)) throw new PcqError('answer_malformed', 'the node lists no chains');
  const chains = await Promise.all(
    listed.map(async (entry) => {
      const id = (entry as { chain_id: string }).chain_id;
      const { document } = (await rpc.call('genesis', { chain: id })) as { document: string };
      const genesis = readGenesis(fromBase64(document));
      if (toHex(genesis.chain) !== id)
        throw new PcqError(
          'bad_header',
          `the genesis document that the node shows is not that of chain ${id}`,
        );
      return new Chain(genesis);
    }),
  );
  return chains.sort((a, b) => Number(b.isMain) - Number(a.isMain) || a.name.localeCompare(b.name));
}
