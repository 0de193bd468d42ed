// Finds what a text may mean: a block's height or hash, a transaction's hash, an account's address or id, a period. Of a
// transaction that is in no block it tells what the node says of it.
import {
  type Fate,
  fromAddress,
  fromBase64,
  fromHex,
  Header,
  isPcqError,
  PcqError,
  tables,
  toAddress,
  toHex,
} from 'pcq-client';
import { useEffect, useState } from 'preact/hooks';

import { type Chain } from '../core/chain.js';
import { read, want } from '../core/proven.js';
import { go, href } from '../core/route.js';
import { same } from '../core/same.js';
import { count } from '../text/format.js';
import { say } from '../text/say.js';
import { Card, Empty, Mark, Problem, Waiting, Why } from '../ui/parts.js';

interface Hit {
  text: string;
  path: (string | bigint | number)[];
}

async function byHash(chain: Chain, hex: string): Promise<Hit[]> {
  const hash = fromHex(hex, 32);
  const hits: Hit[] = [];
  try {
    await chain.reader.transaction(hash);
    hits.push({
      text: say(`Transaction on ${chain.name}`, `${chain.name} 上的交易`),
      path: ['tx', chain.name, hex],
    });
  } catch (error) {
    if (!isPcqError(error, 'not_found')) throw error;
  }
  const block = await blockOf(chain, hash);
  if (block !== undefined)
    hits.push({
      text: say(
        `Block ${count(block.height)} of ${chain.name}`,
        `${chain.name} 的区块 ${count(block.height)}`,
      ),
      path: ['block', chain.name, block.height],
    });
  return hits.length > 0 ? hits : byAccount(chain, hash);
}

/** The header of this hash, which is the certified one of its height: no other one, whatever the node shows. */
async function blockOf(chain: Chain, hash: Uint8Array): Promise<Header | undefined> {
  const answer = await chain.said('header', { hash: toHex(hash) }).catch((error: unknown) => {
    if (isPcqError(error, 'not_found')) return undefined;
    throw error;
  });
  if (answer === undefined) return undefined;
  const { header_bytes: bytes } = answer as { header_bytes: string };
  const header = Header.from(fromBase64(bytes), chain.genesis.chain);
  if (!same(header.hash, hash))
    throw new PcqError('bad_proof', `the node shows another block than ${toHex(hash)}`);
  // Anybody can make up a header and its hash; the node would lead to the true block of that height.
  if (same((await chain.reader.header(header.height)).hash, hash)) return header;
  throw new PcqError(
    'bad_proof',
    `block ${header.height} is certified, and is another one than ${toHex(hash)}, which the node shows`,
  );
}

async function byAccount(chain: Chain, account: Uint8Array): Promise<Hit[]> {
  const { values } = await read(chain, [want(tables.accounts, account)]);
  if (values[0] === null) return [];
  const name = chain.partyOf(account)?.name ?? say('Account', '账户');
  return [
    {
      text: say(`${name} on ${chain.name}`, `${chain.name} 上的 ${name}`),
      path: ['account', chain.name, toAddress(account)],
    },
  ];
}

async function byNumber(chain: Chain, number: bigint): Promise<Hit[]> {
  const hits: Hit[] = [];
  if (number >= 1000n && number <= 9999n) {
    const { values } = await read(chain, [want(tables.periods, Number(number))]);
    if (values[0] !== null)
      hits.push({
        text: say(`Period ${number} on ${chain.name}`, `${chain.name} 上的 ${number} 年履约期`),
        path: ['period', chain.name, number],
      });
  }
  const newest = (await chain.reader.header()).height;
  if (number <= newest)
    hits.push({
      text: say(`Block ${count(number)} of ${chain.name}`, `${chain.name} 的区块 ${count(number)}`),
      path: ['block', chain.name, number],
    });
  return hits;
}

async function find(chains: Chain[], text: string): Promise<Hit[]> {
  const wanted = text
    .trim()
    .replace(/^#/, '')
    .replace(/(\d)[, ](?=\d{3})/g, '$1');
  const each = async (look: (chain: Chain) => Promise<Hit[]>) => (await Promise.all(chains.map(look))).flat();
  if (/^\d{1,18}$/.test(wanted)) return each((chain) => byNumber(chain, BigInt(wanted)));
  if (/^[0-9a-fA-F]{64}$/.test(wanted)) return each((chain) => byHash(chain, wanted.toLowerCase()));
  if (/^pcq1/i.test(wanted)) {
    const account = fromAddress(wanted);
    return each((chain) => byAccount(chain, account));
  }
  const named = chains.flatMap((chain) =>
    [...chain.parties]
      .filter(([, { name }]) => name.toLowerCase() === wanted.toLowerCase())
      .map(([id, { name }]) => ({
        text: `${name} (${chain.name})`,
        path: ['account', chain.name, toAddress(fromHex(id, 32))],
      })),
  );
  return named;
}

interface Told {
  chain: Chain;
  fate: Fate;
}

/** What the node says of a transaction of this hash that nothing proves to be in a block. */
async function tell(chains: Chain[], text: string): Promise<Told[]> {
  const hash = text.trim().toLowerCase();
  if (!/^[0-9a-f]{64}$/.test(hash)) return [];
  const told = await Promise.all(
    chains.map(async (chain) => {
      const fate = await chain.client.rpc.transaction(chain.id, fromHex(hash, 32)).catch(() => undefined);
      return fate === undefined || fate.status === 'unknown' ? [] : [{ chain, fate }];
    }),
  );
  return told.flat();
}

function Said({ told: { chain, fate } }: { told: Told }) {
  const words: { [S in Fate['status']]: string } = {
    pending: say('it waits for a block', '正在等待进入区块'),
    rejected: say('it was refused before any block', '在进入区块之前已被拒绝'),
    expired: say('it has expired, and will be in no block', '已过期，不会进入任何区块'),
    committed: say('it has just come into a block; search again', '刚刚进入区块，请重新搜索'),
    unknown: '',
  };
  return (
    <>
      <p>
        <Mark of="said" />{' '}
        {say(
          `Transaction on ${chain.name}: ${words[fate.status]}.`,
          `${chain.name} 上的交易：${words[fate.status]}。`,
        )}
      </p>
      {fate.status === 'rejected' && <Why error={fate.reason} />}
    </>
  );
}

export function SearchView({ chains, text }: { chains: Chain[]; text: string }) {
  const [found, setFound] = useState<{ hits?: Hit[]; told?: Told[]; error?: unknown }>({});
  useEffect(() => {
    let current = true;
    setFound({});
    const look = async () => {
      const hits = await find(chains, text);
      return { hits, told: hits.length === 0 ? await tell(chains, text) : [] };
    };
    look().then(
      (answer) => {
        if (!current) return;
        if (answer.hits.length === 1) go(...answer.hits[0]!.path);
        else setFound(answer);
      },
      (error: unknown) => current && setFound({ error }),
    );
    return () => void (current = false);
  }, [text, chains]);
  return (
    <>
      <h1>{say('Search', '搜索')}</h1>
      <Card title={text === '' ? say('Nothing was asked for', '未输入内容') : text}>
        {found.error !== undefined ? (
          <Problem error={found.error} />
        ) : found.hits === undefined ? (
          <Waiting />
        ) : found.told !== undefined && found.told.length > 0 ? (
          found.told.map((told) => <Said key={told.chain.id} told={told} />)
        ) : found.hits.length === 0 ? (
          <Empty>
            {/^([0-9a-f]{64}|pcq1.*)$/i.test(text.trim())
              ? say(
                  'This node knows no block, transaction or account of this name.',
                  '该节点没有此名称的区块、交易或账户。',
                )
              : say(
                  'Nothing is called so. A height, a hash of 64 digits, an address (pcq1…) or a year finds something.',
                  '没有找到。可输入区块高度、64 位哈希、地址（pcq1…）或年份。',
                )}
          </Empty>
        ) : (
          <ul class="hits">
            {found.hits.map(({ text: label, path }) => (
              <li key={label}>
                <a href={href(...path)}>{label}</a>
              </li>
            ))}
          </ul>
        )}
      </Card>
    </>
  );
}
