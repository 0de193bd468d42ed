// What the network does now: every chain of the node, its newest blocks, who signs them.
import { type Json, toHex } from 'pcq-client';

import { type Chain } from '../core/chain.js';
import { useLoaded } from '../core/proven.js';
import { href } from '../core/route.js';
import { useStore } from '../core/store.js';
import { throughput } from '../core/throughput.js';
import { ago, count, rate, time } from '../text/format.js';
import { goneValidator } from '../text/names.js';
import { say } from '../text/say.js';
import { Spark } from '../ui/charts.js';
import { Icon } from '../ui/icons.js';
import { useNow } from '../ui/now.js';
import { Card, Figure, Figures, firstBlock, Id, Mark, Problem, Table, Waiting } from '../ui/parts.js';

export function NetworkView({ chains }: { chains: Chain[] }) {
  return (
    <>
      <h1>{say('The network now', '网络实况')}</h1>
      <p class="lead">
        {say(
          'Blocks as they come. The first follows from the genesis document; a quorum of the validators has signed each one after it, and this browser has checked that.',
          '区块实时更新。首个区块由创世文件得出，其后每个区块都由法定数量的验证者签名，本浏览器已逐一核对。',
        )}
      </p>
      <div class="columns">
        {chains.map((chain) => (
          <ChainCard key={chain.id} chain={chain} />
        ))}
      </div>
      {[...chains].reverse().map((chain) => (
        <LatestBlocks key={chain.id} chain={chain} />
      ))}
    </>
  );
}

interface Said {
  status: { [name: string]: Json };
  validators: { name: string; connected: boolean; self: boolean }[];
  /** Nothing: it tells that to its operators alone. */
  why: { text: string; stalled: boolean } | undefined;
  evidence: number;
}

async function askNode(chain: Chain): Promise<Said> {
  const [status, validators, why, evidence] = await Promise.all([
    chain.said('status'),
    chain.said('validators'),
    chain.saidToAll('why'),
    chain.saidToAll('evidence'),
  ]);
  return {
    status: status as Said['status'],
    validators: (validators as unknown as { validators: Said['validators'] }).validators,
    why: why as unknown as Said['why'],
    evidence: (evidence as { count: number } | undefined)?.count ?? 0,
  };
}

function ChainCard({ chain }: { chain: Chain }) {
  const { headers, signers, error } = useStore(chain.live.now);
  const said = useLoaded(chain, `said ${chain.id}`, () => askNode(chain));
  const now = useNow();
  const newest = headers[0];
  if (newest === undefined)
    return <Card title={chain.name}>{error === undefined ? <Waiting /> : <Problem error={error} />}</Card>;
  const { members } = chain.reader.validators;
  const recent = headers.slice(0, 60).reverse();
  const quiet = now - Number(newest.fields.timeMs) > 5_000;
  return (
    <Card
      title={
        <>
          {chain.name}{' '}
          <span class="badge">{chain.isMain ? say('main chain', '主链') : say('side chain', '侧链')}</span>
        </>
      }
      proof="proven"
      class="chain"
    >
      <Figures>
        <Figure label={say('Height', '高度')} proof="proven" large hint={ago(newest.fields.timeMs, now)}>
          <a href={href('block', chain.name, newest.height)}>{count(newest.height)}</a>
        </Figure>
        <Figure
          label={say('Transactions a second', '每秒交易数')}
          proof="proven"
          hint={say('newest minute', '最近一分钟')}
        >
          {rate(throughput(headers))}
        </Figure>
        <Figure label={say('View', '视图')} proof="proven" hint={say('turns of the primary', '主节点轮次')}>
          {count(newest.fields.view)}
        </Figure>
        <Figure label={say('Waiting', '待处理')} proof="said" hint={say('in this node', '在本节点')}>
          {said.value === undefined ? '\u2013' : count(Number(said.value.status['mempool_transactions']))}
        </Figure>
      </Figures>
      <Spark
        values={recent.map(({ fields }) => fields.transactionCount)}
        label={say(
          `Transactions in the last ${recent.length} blocks`,
          `最近 ${recent.length} 个区块的交易数`,
        )}
      />
      <h3>
        {say('Validators', '验证者')} <Mark of="proven" height={newest.height} />{' '}
        <span class="dim">
          {newest.height === 0n
            ? firstBlock()
            : say(
                `${signers.length} of ${members.length} signed block ${count(newest.height)}`,
                `${members.length} 个中有 ${signers.length} 个签署了区块 ${count(newest.height)}`,
              )}
        </span>
      </h3>
      <ul class="validators">
        {members.map(({ key, name }, place) => {
          const signed = signers.includes(place);
          const seen = said.value?.validators.find((validator) => validator.name === name);
          const proposed = toHex(key.encoded()) === toHex(newest.fields.proposer);
          return (
            <li key={name} class={signed ? 'signed' : ''}>
              <i aria-hidden="true" />
              <span class="name">{name}</span>
              <span class="dim">
                {newest.height === 0n
                  ? say('signs from block 1 on', '自区块 1 起签名')
                  : signed
                    ? say('signed', '已签名')
                    : say('not needed', '未计入')}
                {proposed && say(', proposed', '，提议')}
                {seen !== undefined && !seen.connected && !seen.self && (
                  <>
                    , <span class="bad">{say('not connected', '未连接')}</span> <Mark of="said" />
                  </>
                )}
              </span>
            </li>
          );
        })}
      </ul>
      {said.value !== undefined && (
        <p class={`said-line ${said.value.why?.stalled === true ? 'bad' : ''}`}>
          <Mark of="said" />{' '}
          {said.value.why === undefined ? (
            say(
              'Whether it waits for something, this node tells its operators alone.',
              '该节点是否在等待，仅向其运营者说明。',
            )
          ) : said.value.why.stalled ? (
            <span lang="en">{said.value.why.text}</span>
          ) : quiet ? (
            say('Nothing to do: blocks come when somebody acts.', '暂无事务：有人操作时才会出块。')
          ) : (
            say('Working.', '正常运行。')
          )}
          {said.value.evidence > 0 && (
            <span class="bad">
              {' '}
              <Icon of="warn" />{' '}
              {say(
                `${said.value.evidence} pieces of evidence against validators`,
                `${said.value.evidence} 条针对验证者的证据`,
              )}
            </span>
          )}
        </p>
      )}
    </Card>
  );
}

function LatestBlocks({ chain }: { chain: Chain }) {
  const { headers } = useStore(chain.live.now);
  const now = useNow(5_000);
  const { members } = chain.reader.validators;
  const proposerOf = (key: Uint8Array) =>
    members.find((member) => toHex(member.key.encoded()) === toHex(key))?.name;
  if (headers.length === 0) return null;
  return (
    <Card
      title={say(`Latest blocks of ${chain.name}`, `${chain.name} 最新区块`)}
      proof="proven"
      height={headers[0]!.height}
    >
      <Table
        caption={say(`Latest blocks of ${chain.name}`, `${chain.name} 最新区块`)}
        head={[
          { text: say('Block', '区块') },
          { text: say('When', '时间') },
          { text: say('Transactions', '交易数'), right: true },
          { text: say('Proposed by', '提议者'), wide: true },
          { text: say('View', '视图'), right: true, wide: true },
          { text: say('Hash', '哈希'), wide: true },
        ]}
        rows={headers.slice(0, chain.isMain ? 6 : 12).map(({ height, hash, fields }) => ({
          key: toHex(hash),
          cells: [
            <a href={href('block', chain.name, height)}>{count(height)}</a>,
            <time dateTime={new Date(Number(fields.timeMs)).toISOString()} title={time(fields.timeMs)}>
              {ago(fields.timeMs, now)}
            </time>,
            count(fields.transactionCount),
            proposerOf(fields.proposer) ?? goneValidator(),
            count(fields.view),
            <Id text={toHex(hash)} link={href('block', chain.name, height)} />,
          ],
        }))}
      />
    </Card>
  );
}
