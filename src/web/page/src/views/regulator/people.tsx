// How emissions and quota are spread over people, before and after trading; from everybody's records, each proven.
import { toAddress } from 'pcq-client';
import { useEffect, useRef, useState } from 'preact/hooks';

import { csv } from '../../core/csv.js';
import { deciles, loadPeople, lorenz, type People, peopleMax, type Sum, sumsOf } from '../../core/people.js';
import { href } from '../../core/route.js';
import { count, exactMass, mass, money, shortened } from '../../text/format.js';
import { say } from '../../text/say.js';
import { Curves, Plot } from '../../ui/charts.js';
import { Icon } from '../../ui/icons.js';
import { Card, download, Empty, Figure, Figures, Problem, Table } from '../../ui/parts.js';
import { shortKg } from '../market_history.js';
import type { RegulatorProps } from '../regulator.js';
import { Holds } from '../totals.js';
import { Verdict } from './totals.js';

export function PeopleView({ chain, year, gathered, gather }: RegulatorProps) {
  const { people } = gathered;
  const [progress, setProgress] = useState<{ done: number; of: number } | undefined>(undefined);
  const [error, setError] = useState<unknown>(undefined);
  const running = useRef<AbortController | undefined>(undefined);
  useEffect(() => () => running.current?.abort(), []);

  const start = async () => {
    running.current?.abort();
    const mine = new AbortController();
    running.current = mine;
    setError(undefined);
    setProgress({ done: 0, of: 0 });
    try {
      const found = await loadPeople(chain, year, (done, of) => setProgress({ done, of }), mine.signal);
      gather({ people: found });
    } catch (failed) {
      if (!mine.signal.aborted) setError(failed);
    }
    setProgress(undefined);
  };
  return (
    <>
      <Card
        title={say('Everybody, verified', '全体核验')}
        {...(people !== undefined && { proof: 'proven' as const, height: people.header.height })}
        aside={
          progress === undefined ? (
            <button type="button" onClick={() => void start()}>
              {people === undefined
                ? say('Verify all people', '核验所有人')
                : say('Verify again', '重新核验')}
            </button>
          ) : (
            <button type="button" class="plain" onClick={() => running.current?.abort()}>
              {say('Stop', '停止')}
            </button>
          )
        }
      >
        {error !== undefined && <Problem error={error} />}
        {progress !== undefined ? (
          <div role="status">
            <progress
              max={progress.of || 1}
              value={progress.done}
              aria-label={say('People verified', '已核验人数')}
            />{' '}
            {say(
              `${count(progress.done)} of ${count(progress.of)} people verified`,
              `已核验 ${count(progress.done)} / ${count(progress.of)} 人`,
            )}
          </div>
        ) : people === undefined ? (
          <Empty>
            {say(
              `Reads the records of every person who is registered (at most ${count(peopleMax)}) after one block, checks each proof, and compares the sums with what the header certifies.`,
              `读取同一区块后每个登记者（至多 ${count(peopleMax)} 人）的记录，逐条验证证明，并将合计与区块头比较。`,
            )}
          </Empty>
        ) : (
          <Summed people={people} />
        )}
      </Card>
      {people !== undefined && people.of.length === 0 && (
        <Empty>{say('Nobody has anything of this period.', '无人持有本期的任何记录。')}</Empty>
      )}
      {people !== undefined && people.of.length > 0 && (
        <>
          <Spread people={people} />
          <Lists people={people} chainName={chain.name} />
          <div class="actions">
            <button
              type="button"
              class="plain"
              onClick={() =>
                download(`pcq-people-${chain.name}-${year}.csv`, peopleCsv(chain, people), 'text/csv')
              }
            >
              <Icon of="down" /> {say('Export as CSV', '导出 CSV')}
            </button>
          </div>
        </>
      )}
    </>
  );
}

const columns = [
  'period',
  'number',
  'account',
  'issued_g',
  'sold_g',
  'bought_g',
  'emitted_g',
  'held_g',
  'escrow_g',
  'surrendered_g',
  'expired_g',
  'surplus_g',
  'excess_g',
  'months_read',
  'settled',
  'penalised_g',
  'penalty_uy',
];
function peopleCsv(chain: RegulatorProps['chain'], { header, of, year }: People): string {
  const rows = of.map((p) => [
    year,
    p.number,
    toAddress(p.account),
    p.issued,
    p.sold,
    p.bought,
    p.emitted,
    p.held,
    p.escrow,
    p.surrendered,
    p.expired,
    p.surplus,
    p.excess,
    p.months,
    p.settled ? 1 : 0,
    p.penalised,
    p.penalty,
  ]);
  return csv(chain, header, columns, rows);
}

export function sumName(name: Sum['name']): string {
  if (name === 'held') return say('held', '持有');
  return name === 'escrow' ? say('on offer', '挂单') : say('surrendered', '已清缴');
}

function Summed({ people }: { people: People }) {
  const sums = sumsOf(people);
  const emitted = people.of.reduce((sum, p) => sum + p.emitted, 0n);
  const lacking = people.of.filter(({ excess }) => excess > 0n).length;
  const spare = people.of.filter(({ surplus }) => surplus > 0n).length;
  const ofThem = say('of the months that are over', '按已结束月份');
  return (
    <>
      <Figures>
        <Figure
          label={say('People of the period', '本期人数')}
          proof="proven"
          hint={
            people.looked < people.registered
              ? say(
                  `the first ${count(people.looked)} of ${count(people.registered)} registered were looked at`,
                  `登记 ${count(people.registered)} 人，仅核验前 ${count(people.looked)} 人`,
                )
              : people.of.length === people.registered
                ? say('all who are registered', '全部登记者')
                : say(
                    `${count(people.registered)} are registered; the others have nothing of it`,
                    `共登记 ${count(people.registered)} 人；其余与本期无关`,
                  )
          }
        >
          {count(people.of.length)}
        </Figure>
        <Figure label={say('Emitted in all', '总排放')} proof="proven" exact={exactMass(emitted)}>
          {mass(emitted)}
        </Figure>
        <Figure label={say('With a surplus', '有盈余')} proof="proven" hint={ofThem}>
          {count(spare)}
        </Figure>
        <Figure
          label={say('In deficit', '有缺口')}
          proof="proven"
          hint={say(`${ofThem}, before what was bought`, `${ofThem}，未计购入`)}
        >
          {count(lacking)}
        </Figure>
      </Figures>
      {sums !== undefined && (
        <p class="sentence">
          <Verdict good={sums.every(({ people: mine, certified }) => mine === certified)} />{' '}
          {say('What people have, summed here, beside the certified totals:', '本地合计与认证总量比较：')}{' '}
          {sums.map(({ name, people: mine, certified }) => (
            <span key={name} class="sum">
              {sumName(name)} {mass(mine)} <Holds yes={mine === certified} />
            </span>
          ))}
        </p>
      )}
    </>
  );
}

function Spread({ people }: { people: People }) {
  const curves = [
    { name: say('emissions', '排放'), tone: 'b', ...lorenz(people.of.map(({ emitted }) => emitted)) },
    {
      name: say('quota before trading', '交易前配额'),
      tone: 'c',
      ...lorenz(people.of.map(({ issued }) => issued)),
    },
    {
      name: say('quota after trading', '交易后配额'),
      tone: 'a',
      ...lorenz(people.of.map(({ issued, sold, bought }) => issued - sold + bought)),
    },
  ].map((curve) => ({ ...curve, name: `${curve.name} (Gini ${curve.gini.toFixed(2)})` }));
  const tenths = deciles(people.of);
  const ticks = tenths.map((_, i) => String(i + 1));
  const each = (get: (d: (typeof tenths)[number]) => bigint) =>
    tenths.map((d) => (d.people === 0 ? 0 : Number(get(d)) / 1e3 / d.people));
  return (
    <Card title={say('How it is spread', '分布')} proof="proven" height={people.header.height}>
      <div class="columns">
        <div>
          <h3>{say('Lorenz curves', '洛伦兹曲线')}</h3>
          <Curves
            label={say(
              'Lorenz curves of emissions and of quota before and after trading',
              '排放及交易前后配额的洛伦兹曲线',
            )}
            curves={curves}
          />
          <p class="dim">
            {say(
              'Per cent of people, those with least first, against per cent of what all have.',
              '横轴为人口百分比（由少到多），纵轴为累计百分比。',
            )}
          </p>
        </div>
        <div>
          <h3>{say('By tenth of people, those who emit least first', '按排放由少到多分为十组')}</h3>
          <Plot
            label={say('Emissions and quota of a person on average, by tenth', '各组人均排放与配额')}
            kind="bars"
            ticks={ticks}
            format={shortKg}
            height={200}
            series={[
              { name: say('emitted', '排放'), tone: 'b', values: each((d) => d.emitted) },
              { name: say('quota before', '交易前配额'), tone: 'c', values: each((d) => d.issued) },
              {
                name: say('quota after', '交易后配额'),
                tone: 'a',
                values: each((d) => d.issued - d.sold + d.bought),
              },
            ]}
          />
          {people.of.some((p) => p.lackingBefore > 0n || p.excess > 0n) ? (
            <Plot
              label={say(
                'What a person lacks on average before and after trading, by tenth',
                '各组交易前后人均缺口',
              )}
              kind="bars"
              ticks={ticks}
              format={shortKg}
              height={170}
              series={[
                {
                  name: say('lacking before trading', '交易前缺口'),
                  tone: 'd',
                  values: each((d) => d.lackingBefore),
                },
                { name: say('lacking after', '交易后缺口'), tone: 'e', values: each((d) => d.lackingAfter) },
              ]}
            />
          ) : (
            <Empty>{say('Nobody lacks quota.', '无人缺少配额。')}</Empty>
          )}
          <p class="dim">
            {say(
              `Quota is that of the whole year; what is lacking is of the ${people.monthsAdvanced} months that are over.`,
              `配额为全年配额；缺口按已结束的 ${people.monthsAdvanced} 个月计算。`,
            )}
          </p>
        </div>
      </div>
      <details>
        <summary>{say('The numbers', '数据')}</summary>
        <Table
          caption={say('By tenth of people', '十分位')}
          head={[
            { text: say('Tenth', '组') },
            { text: say('People', '人数'), right: true },
            { text: say('Emitted', '排放'), right: true },
            { text: say('Issued', '发放'), right: true },
            { text: say('Sold', '售出'), right: true },
            { text: say('Bought', '购入'), right: true },
            { text: say('Lacking before', '交易前缺口'), right: true },
            { text: say('Lacking after', '交易后缺口'), right: true },
          ]}
          rows={tenths.map((d, i) => ({
            key: String(i),
            cells: [
              String(i + 1),
              count(d.people),
              mass(d.emitted),
              mass(d.issued),
              mass(d.sold),
              mass(d.bought),
              mass(d.lackingBefore),
              mass(d.lackingAfter),
            ],
          }))}
        />
      </details>
    </Card>
  );
}

function Lists({ people, chainName }: { people: People; chainName: string }) {
  const most = [...people.of].sort((a, b) => Number(b.emitted - a.emitted)).slice(0, 10);
  return (
    <Card title={say('Who emits most', '排放最多者')} proof="proven" height={people.header.height}>
      <Table
        caption={say('Who emits most', '排放最多者')}
        head={[
          { text: say('Account', '账户') },
          { text: say('Emitted', '排放'), right: true },
          { text: say('Issued', '发放'), right: true },
          { text: say('Bought', '购入'), right: true },
          { text: say('Lacking', '缺口'), right: true },
          { text: say('Penalty', '罚款'), right: true, wide: true },
        ]}
        rows={most.map((p) => {
          const address = toAddress(p.account);
          return {
            key: p.id,
            cells: [
              <a href={href('account', chainName, address)} title={address}>
                <code>{shortened(address, 9, 4)}</code>
              </a>,
              mass(p.emitted),
              mass(p.issued),
              mass(p.bought),
              mass(p.lackingAfter),
              money(p.penalty),
            ],
          };
        })}
      />
    </Card>
  );
}
