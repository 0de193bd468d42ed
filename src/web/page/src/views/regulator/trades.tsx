// Who trades with whom, from the events of every block, each block verified whole.
import { fromHex, Role, toAddress } from 'pcq-client';
import { useEffect, useRef, useState } from 'preact/hooks';

import { type Chain } from '../../core/chain.js';
import { csv } from '../../core/csv.js';
import { href } from '../../core/route.js';
import { collectTrades, type Flow, largest, type Trade, type Way } from '../../core/trades.js';
import { count, mass, money } from '../../text/format.js';
import { say } from '../../text/say.js';
import { Legend } from '../../ui/charts.js';
import { Icon } from '../../ui/icons.js';
import { Card, download, Empty, Figure, Figures, Problem, Table } from '../../ui/parts.js';
import type { RegulatorProps } from '../regulator.js';

const shownMax = 14; // of each side

export function TradesView({ chain, year, gathered, gather }: RegulatorProps) {
  const [running, setRunning] = useState<{ top: bigint; at: bigint; found: number } | undefined>(undefined);
  const [error, setError] = useState<unknown>(undefined);
  const abort = useRef<AbortController | undefined>(undefined);
  useEffect(() => () => abort.current?.abort(), []);

  const start = async () => {
    const top = chain.live.now.value.headers[0];
    if (top === undefined) return;
    const mine = new AbortController();
    abort.current = mine;
    setError(undefined);
    const trades: Trade[] = [];
    let from: bigint | undefined;
    let left = 0;
    setRunning({ top: top.height, at: top.height, found: 0 });
    try {
      const hear = (more: Trade[], at: bigint, skipped: number) => {
        trades.push(...more);
        from = at;
        left = skipped;
        setRunning({ top: top.height, at, found: trades.length });
      };
      await collectTrades(chain, year, top, hear, mine.signal);
    } catch (failed) {
      setError(failed);
    }
    if (from !== undefined)
      gather({ trades: { of: trades, top, from, complete: from <= 1n && left === 0, skipped: left } });
    setRunning(undefined);
  };
  const collected = gathered.trades;
  const exportCsv = () =>
    download(`pcq-trades-${chain.name}-${year}.csv`, tradesCsv(chain, collected!), 'text/csv');
  return (
    <>
      <Card
        title={say('Trades from the blocks', '区块中的交易')}
        {...(collected !== undefined && { proof: 'proven' as const, height: collected.top.height })}
        aside={
          running === undefined ? (
            <button type="button" onClick={() => void start()}>
              {collected === undefined ? say('Go through the blocks', '检索区块') : say('Again', '重新检索')}
            </button>
          ) : (
            <button type="button" class="plain" onClick={() => abort.current?.abort()}>
              {say('Stop here', '就此停止')}
            </button>
          )
        }
      >
        {error !== undefined && <Problem error={error} />}
        {running !== undefined ? (
          <div role="status">
            <progress
              max={Number(running.top)}
              value={Number(running.top - running.at)}
              aria-label={say('Blocks verified', '已验证区块')}
            />{' '}
            {say(
              `block ${count(running.at)}, ${count(running.found)} trades`,
              `区块 ${count(running.at)}，${count(running.found)} 笔交易`,
            )}
          </div>
        ) : collected === undefined ? (
          <Empty>
            {say(
              'Takes every block from the newest down, checks transactions and outcomes against the certified roots, and gathers the trades of the period.',
              '自最新区块向下，依据经认证的根验证交易与结果，汇集该履约期的交易。',
            )}
          </Empty>
        ) : (
          <Summary of={collected} />
        )}
      </Card>
      {collected !== undefined && collected.of.length > 0 && (
        <>
          <Network chain={chain} trades={collected.of} height={collected.top.height} />
          <div class="actions">
            <button type="button" class="plain" onClick={exportCsv}>
              <Icon of="down" /> {say('Export as CSV', '导出 CSV')}
            </button>
          </div>
        </>
      )}
    </>
  );
}

type Collected = NonNullable<RegulatorProps['gathered']['trades']>;

function tradesCsv(chain: Chain, { of: trades, top }: Collected): string {
  const address = (id: string) => (id === '' ? '' : toAddress(fromHex(id, 32)));
  const columns = [
    'block',
    'time_ms',
    'period',
    'way',
    'seller',
    'buyer',
    'grams',
    'price_uy_per_kg',
    'amount_uy',
    'fee_uy',
  ];
  const rows = trades.map((t) => [
    t.height,
    t.timeMs,
    t.period,
    t.way,
    address(t.seller),
    address(t.buyer),
    t.grams,
    t.priceUyPerKg,
    t.amountUy,
    t.feeUy,
  ]);
  return csv(chain, top, columns, rows);
}

function Summary({ of: { of: trades, from, complete, skipped } }: { of: Collected }) {
  const accounts = new Set(trades.flatMap(({ seller, buyer }) => [seller, buyer]));
  accounts.delete(''); // the auction's other side
  const sum = (way: Way) =>
    trades.filter((trade) => trade.way === way).reduce((all, { grams }) => all + grams, 0n);
  // Both orders of an auction have an event of their own.
  return (
    <>
      <Figures>
        <Figure label={say('Events', '事件')} proof="proven">
          {count(trades.length)}
        </Figure>
        <Figure label={say('With the platform', '与平台')} proof="proven">
          {mass(sum('platform'))}
        </Figure>
        <Figure label={say('In auctions', '集合竞价')} proof="proven">
          {mass(sum('auction') / 2n)}
        </Figure>
        <Figure label={say('Given or inherited', '赠予或继承')} proof="proven">
          {mass(sum('gift'))}
        </Figure>
        <Figure label={say('Accounts', '账户')} proof="proven">
          {count(accounts.size)}
        </Figure>
      </Figures>
      <p class="dim">
        {complete
          ? say('Every block of the chain.', '涵盖全部区块。')
          : say(`Blocks from ${count(from)} on`, `自区块 ${count(from)} 起`) +
            (skipped > 0
              ? say(`, without ${skipped} very large ones.`, `，略过 ${skipped} 个超大区块。`)
              : '.')}
      </p>
    </>
  );
}

const tones: { [way in Way]: string } = { platform: 'a', auction: 'c', gift: 'd' };

function Network({ chain, trades, height }: { chain: Chain; trades: Trade[]; height: bigint }) {
  const platform = chain.accountWith(Role.PLATFORM) ?? '';
  const sellers = largest(trades, 'seller', platform, shownMax);
  const buyers = largest(trades, 'buyer', platform, shownMax);
  const names: { [way in Way]: string } = {
    platform: say('the platform', '平台'),
    auction: say('auctions', '集合竞价'),
    gift: say('given or inherited', '赠予或继承'),
  };
  const nameOf = (id: string) => {
    if (id === '') return say('all others', '其他');
    const address = toAddress(fromHex(id, 32));
    return `${address.slice(0, 8)}\u2026${address.slice(-4)}`;
  };
  return (
    <Card title={say('The network of trades', '交易网络')} proof="proven" height={height}>
      <figure class="plot flows">
        <Flows sellers={sellers} buyers={buyers} nameOf={nameOf} />
        <Legend
          of={(['platform', 'auction', 'gift'] as const).map((way) => ({
            name: names[way],
            tone: tones[way],
          }))}
        />
      </figure>
      <div class="columns">
        <FlowTable
          chain={chain}
          caption={say('Largest sellers', '最大卖方')}
          flows={sellers}
          nameOf={nameOf}
          trades={trades}
          side="seller"
        />
        <FlowTable
          chain={chain}
          caption={say('Largest buyers', '最大买方')}
          flows={buyers}
          nameOf={nameOf}
          trades={trades}
          side="buyer"
        />
      </div>
    </Card>
  );
}

interface FlowTableProps {
  chain: Chain;
  caption: string;
  flows: Flow[];
  nameOf: (id: string) => string;
  trades: Trade[];
  side: 'seller' | 'buyer';
}
function FlowTable({ chain, caption, flows, nameOf, trades, side }: FlowTableProps) {
  const paid = (id: string) =>
    trades.filter((trade) => trade[side] === id).reduce((sum, { amountUy }) => sum + amountUy, 0n);
  return (
    <div>
      <h3>{caption}</h3>
      <Table
        caption={caption}
        head={[
          { text: say('Account', '账户') },
          { text: say('Amount', '数量'), right: true },
          { text: say('Money', '金额'), right: true },
        ]}
        rows={flows
          .filter(({ id }) => id !== '')
          .map(({ id, grams }) => ({
            key: id,
            cells: [
              <a href={href('account', chain.name, toAddress(fromHex(id, 32)))}>
                <code>{nameOf(id)}</code>
              </a>,
              mass(grams),
              money(paid(id)),
            ],
          }))}
      />
    </div>
  );
}

const size = { w: 900, h: 250, left: 190, right: 710, bar: 12 }; // h: of all that went, without gaps
const line = 15; // of text: names do not run into each other

// Sellers to the left, buyers to the right, in the middle the way by which it went; ribbons as thick as the amount.
function Flows({
  sellers,
  buyers,
  nameOf,
}: {
  sellers: Flow[];
  buyers: Flow[];
  nameOf: (id: string) => string;
}) {
  const ways: Way[] = ['platform', 'auction', 'gift'];
  const total = (flows: Flow[]) => flows.reduce((sum, { grams }) => sum + Number(grams), 0);
  const most = Math.max(total(sellers), total(buyers), 1);
  const gap = 6;
  const scale = size.h / most;
  const hubs = new Map<Way, { y: number; in: number; out: number }>();
  let y = 20;
  for (const way of ways) {
    const through = (flows: Flow[]) => flows.reduce((sum, flow) => sum + Number(flow.byWay[way]), 0);
    const tall = Math.max(through(sellers), through(buyers)) * scale;
    hubs.set(way, { y, in: y, out: y });
    if (tall > 0) y += tall + 24;
  }
  const middle = (size.left + size.right) / 2;
  let bottom = y;
  const column = (flows: Flow[], side: 'in' | 'out') => {
    let at = 10;
    return flows.map((flow) => {
      const top = at;
      const tall = Math.max(1.5, Number(flow.grams) * scale);
      at += Math.max(tall + gap, line);
      bottom = Math.max(bottom, at);
      let start = top;
      const x = side === 'in' ? size.left : size.right;
      return (
        <g key={`${side}${flow.id}`}>
          {ways.map((way) => {
            const thick = Number(flow.byWay[way]) * scale;
            if (thick <= 0) return null;
            const hub = hubs.get(way)!;
            const path = ribbon(
              side === 'in' ? [x + size.bar, start, middle, hub.in] : [middle + size.bar, hub.out, x, start],
              thick,
            );
            start += thick;
            hub[side] += thick;
            return <path key={way} class={`ribbon ${tones[way]}`} d={path} />;
          })}
          <rect class="node" x={x} y={top} width={size.bar} height={tall} rx="2" />
          <text
            x={side === 'in' ? x - 8 : x + size.bar + 8}
            y={top + Math.max(tall / 2, 4) + 4}
            text-anchor={side === 'in' ? 'end' : 'start'}
          >
            {nameOf(flow.id)} · {mass(flow.grams)}
          </text>
        </g>
      );
    });
  };
  const left = column(sellers, 'in');
  const right = column(buyers, 'out');
  return (
    <svg
      viewBox={`0 0 ${size.w} ${bottom}`}
      role="img"
      aria-label={say(
        'Quota from sellers to buyers, by the way it went; the tables below have the numbers',
        '配额由卖方流向买方的路径；数据见下表',
      )}
    >
      {left}
      {right}
      {ways.map((way) => {
        const hub = hubs.get(way)!;
        const tall = Math.max(hub.in, hub.out) - hub.y;
        return (
          tall > 0 && (
            <rect
              key={way}
              class={`bar ${tones[way]}`}
              x={middle}
              y={hub.y}
              width={size.bar}
              height={tall}
              rx="2"
            />
          )
        );
      })}
    </svg>
  );
}

function ribbon([x1, y1, x2, y2]: [number, number, number, number], thick: number): string {
  const bend = (x1 + x2) / 2;
  return `M${x1} ${y1}C${bend} ${y1} ${bend} ${y2} ${x2} ${y2}v${thick}C${bend} ${y2 + thick} ${bend} ${y1 + thick} ${x1} ${y1 + thick}z`;
}
