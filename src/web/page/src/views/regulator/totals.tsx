// Conservation per chain and period, and whether the two chains agree: checkpoints, issuance, reports.
import { type AnchorRecord, encode, PcqError, PeriodPhase, tables, TotalsSchema } from 'pcq-client';
import { useState } from 'preact/hooks';

import {
  type Anchored,
  isSame,
  issuances,
  issuedOf,
  type Issued,
  type Reports,
  reportsAgree,
  verdictOf,
} from '../../core/agreement.js';
import { type Chain } from '../../core/chain.js';
import { csv } from '../../core/csv.js';
import { loadMarket } from '../../core/market.js';
import { read, useLoaded, want } from '../../core/proven.js';
import { href } from '../../core/route.js';
import { same } from '../../core/same.js';
import { count, exactMass, mass, money } from '../../text/format.js';
import { phaseName } from '../../text/names.js';
import { say } from '../../text/say.js';
import { Icon } from '../../ui/icons.js';
import { Card, download, Empty, Facts, firstBlock, Problem, Shown } from '../../ui/parts.js';
import type { RegulatorProps } from '../regulator.js';
import { cashHolds, Holds, TotalsTable, vintageHolds } from '../totals.js';

/** The main chain's knowledge of a side chain beside what that chain itself certifies. */
export async function loadAgreement(main: Chain, side: Chain, year: number) {
  const id = side.genesis.chain;
  const { header, values } = await read(main, [
    want(tables.foreignChains, id),
    want(tables.latestAnchor, id),
    want(tables.periodReports, id, year),
    want(tables.periods, year),
  ]);
  const [foreign, anchor, report, period] = values;
  if (foreign === null) return { header, registered: false as const };
  const anchored = anchor === null ? null : await compared(side, anchor);
  // After the main chain's report, which it has from here; before its issuance, which comes from there.
  const own = await read(side, [
    want(tables.periodReports, id, year),
    want(tables.vintageTotals, year),
    want(tables.reserves, year),
    want(tables.periods, year),
  ]);
  const [ownReport, vintage, reserve, ownPeriod] = own.values;
  const issuance = (await read(main, [want(issuances, id, year)])).values[0];
  return {
    header,
    registered: true as const,
    anchored,
    lag: own.header.height - (anchor?.height ?? 0n),
    phase: period?.phase,
    report,
    reports: reportsAgree(report, ownReport, ownPeriod?.phase === PeriodPhase.SETTLED),
    issued: issuedOf(issuance, vintage, reserve),
  };
}

async function compared(side: Chain, anchor: AnchorRecord): Promise<Anchored> {
  const { height } = anchor;
  try {
    const there = await side.reader.header(height);
    const { stateRoot, totals } = there.fields;
    return {
      height,
      hash: same(anchor.headerHash, there.hash),
      state: same(anchor.stateRoot, stateRoot),
      totals: totals !== undefined && same(anchor.totals, encode(TotalsSchema, totals)),
    };
  } catch (error) {
    const isLacking = error instanceof PcqError && ['not_found', 'height_pruned'].includes(error.reason);
    if (!isLacking) throw error;
    return { height, hash: false, state: false, totals: false, unseen: error.message };
  }
}

export function TotalsView({ chain, chains, year }: RegulatorProps) {
  const main = chains.find(({ isMain }) => isMain);
  return (
    <>
      {chains.map((one) => (
        <Conservation key={one.id} chain={one} />
      ))}
      {main !== undefined ? (
        <Agreeing main={main} side={chain} year={year} />
      ) : (
        <Card title={say('Whether the chains agree', '两链是否一致')} aside={<Verdict good={undefined} />}>
          <Empty>{say('This node shows no main chain.', '该节点未提供主链。')}</Empty>
        </Card>
      )}
      <ExportTotals chains={chains} side={chain} year={year} />
    </>
  );
}

function Conservation({ chain }: { chain: Chain }) {
  const loaded = useLoaded(chain, `totals ${chain.id}`, async () => {
    const header = await chain.reader.header();
    return { header, totals: header.fields.totals };
  });
  return (
    <Shown of={loaded}>
      {({ header, totals }) => {
        const whole = totals && cashHolds(totals) && totals.vintages.every(vintageHolds);
        return (
          <Card
            title={say(`Conservation on ${chain.name}`, `${chain.name} 守恒核对`)}
            proof="proven"
            height={header.height}
            aside={<Verdict good={whole} />}
          >
            <p class="dim">
              {say(
                'Issued = held + platform + on offer + surrendered + lapsed in all, with people and the platform, of that vintage; paid in − paid out = on accounts.',
                '已发放 = 个人持有 + 平台库存 + 挂单 + 已清缴 + 失效合计（该年度配额，个人与平台）；存入 − 取出 = 账户余额。',
              )}{' '}
              {header.height === 0n
                ? say(`This is ${firstBlock()}.`, `这是${firstBlock()}。`)
                : say(
                    'Certified by a quorum with this header, added up again here.',
                    '由法定数量的验证者随区块头认证，并在此重新计算。',
                  )}
            </p>
            {totals === undefined || totals.vintages.length === 0 ? (
              <Empty>{say('No quota has been issued yet.', '尚未发放配额。')}</Empty>
            ) : (
              <TotalsTable chain={chain} totals={totals} />
            )}
          </Card>
        );
      }}
    </Shown>
  );
}

/** `undefined`: not all of it could be checked, and nothing that was is wrong. */
export function Verdict({ good }: { good: boolean | undefined }) {
  return (
    <span class={`verdict ${good === undefined ? 'dim' : good ? 'good' : 'bad'}`}>
      <Icon of={good === undefined ? 'said' : good ? 'check' : 'warn'} />
      {good === undefined
        ? say('Could not all be checked', '无法全部核对')
        : good
          ? say('Verified by this browser', '本浏览器已验证')
          : say('Does NOT hold', '不成立')}
    </span>
  );
}

function Agreeing({ main, side, year }: { main: Chain; side: Chain; year: number }) {
  const loaded = useLoaded(main, `agreement ${side.id} ${year}`, () => loadAgreement(main, side, year));
  const title = say(`Whether ${main.name} and ${side.name} agree`, `${main.name} 与 ${side.name} 是否一致`);
  return (
    <Shown of={loaded}>
      {(found) => {
        if (!found.registered)
          return (
            <Card
              title={title}
              proof="proven"
              height={found.header.height}
              aside={<Verdict good={undefined} />}
            >
              <Empty>
                {say('The main chain does not know this side chain yet.', '主链尚未登记该侧链。')}
              </Empty>
            </Card>
          );
        const { anchored, report, issued } = found;
        return (
          <Card
            title={title}
            proof="proven"
            height={found.header.height}
            aside={<Verdict good={verdictOf(found)} />}
          >
            <Facts
              rows={[
                [
                  say('Latest checkpoint', '最新检查点'),
                  anchored === null ? (
                    say('none yet', '暂无')
                  ) : (
                    <>
                      <a href={href('block', side.name, anchored.height)}>
                        {say(`block ${count(anchored.height)}`, `区块 ${count(anchored.height)}`)}
                      </a>
                      , {count(found.lag)} {say('blocks ago', '个区块之前')}:{' '}
                      {anchored.unseen === undefined ? (
                        <Holds rule yes={isSame(anchored)} />
                      ) : (
                        <>
                          {say('not checked, the node does not show it: ', '未核对，节点未给出该区块：')}
                          <span lang="en">{anchored.unseen}</span>
                        </>
                      )}
                    </>
                  ),
                ],
                [
                  say('Committed on the main chain', '主链发放'),
                  <span title={exactMass(issued.grams)}>
                    {mass(issued.grams)} {say(`(batches: ${issued.batches})`, `（${issued.batches} 批）`)}
                  </span>,
                ],
                issued.reserveG > 0n && [
                  say('Of it the reserve for conversions', '其中兑换储备'),
                  <>
                    <span title={exactMass(issued.reserveG)}>{mass(issued.reserveG)}</span>{' '}
                    <span class="dim">
                      {say(
                        `(${mass(issued.convertedG)} of it converted)`,
                        `（已兑换 ${mass(issued.convertedG)}）`,
                      )}
                    </span>
                  </>,
                ],
                [say('Credited on the side chain', '侧链入账'), <Credited of={issued} />],
                [
                  say('Phase on the main chain', '主链阶段'),
                  found.phase === undefined ? '\u2013' : phaseName(found.phase),
                ],
                [say("The period's report", '履约期报告'), <Reported of={found.reports} />],
              ]}
            />
            {report !== null && (
              <>
                <h3>{say('What the year came to', '年度结果')}</h3>
                <Facts
                  rows={[
                    [say('People', '人数'), count(report.people)],
                    [say('Issued', '发放'), mass(report.issuedG)],
                    [say('Emitted', '排放'), mass(report.emittedG)],
                    report.platform !== undefined && [
                      say('Sold to the platform', '售予平台'),
                      mass(report.platform.boughtG),
                    ],
                    report.platform !== undefined && [
                      say('Bought from it', '购自平台'),
                      mass(report.platform.soldG),
                    ],
                    report.platform !== undefined && [
                      say('Between people, in auctions', '个人之间（集合竞价）'),
                      mass(report.platform.matchedG),
                    ],
                    [say('Sold or given by people, in all', '个人售出或赠出合计'), mass(report.soldG)],
                    [say('Bought or got by people, in all', '个人购入或受赠合计'), mass(report.boughtG)],
                    [say('Own quota given up', '自有配额清缴'), mass(report.ownSurrenderedG)],
                    [say('Bought quota given up', '购买配额清缴'), mass(report.purchasedSurrenderedG)],
                    [say('Penalised', '受罚'), mass(report.penalisedG)],
                    [say('Penalties paid', '已付罚款'), money(report.penaltyPaidUy)],
                    [say('Penalties owed', '欠付罚款'), money(report.penaltyOwedUy)],
                    [say('Banked', '结转'), mass(report.bankedG)],
                    [
                      say(
                        'Lapsed with people at the settlement, what was banked before included',
                        '结算时个人失效，含上期结转',
                      ),
                      mass(report.expiredG),
                    ],
                    report.platform !== undefined && [
                      say('Lapsed with the platform, unsold', '平台未售出而失效'),
                      mass(report.platform.expiredG),
                    ],
                  ]}
                />
              </>
            )}
          </Card>
        );
      }}
    </Shown>
  );
}

function Credited({ of }: { of: Issued }) {
  return (
    <>
      <span title={exactMass(of.creditedG)}>{mass(of.creditedG)}</span>{' '}
      {of.waitingG > 0n && (
        <span class="dim">{say(`(${mass(of.waitingG)} waits)`, `（待入账 ${mass(of.waitingG)}）`)}</span>
      )}{' '}
      <Holds rule yes={of.holds} />
    </>
  );
}

function Reported({ of }: { of: Reports }) {
  if (of === 'none') return <>{say('comes when everybody is settled', '全部结算后提交')}</>;
  if (of === 'underway') return <>{reportUnderway()}</>;
  return (
    <>
      {say('the same on both chains', '两链一致')}: <Holds rule yes={of === 'same'} />
    </>
  );
}
export function reportUnderway(): string {
  return say('the newest of the side chain is on its way to the main chain', '侧链的最新报告尚未送达主链');
}

function ExportTotals({ chains, side, year }: { chains: Chain[]; side: Chain; year: number }) {
  const [error, setError] = useState<unknown>(undefined);
  const attempt = (make: () => Promise<void>) => {
    setError(undefined);
    make().catch(setError);
  };
  const totals = async () => {
    for (const chain of chains) {
      const header = await chain.reader.header();
      const rows = (header.fields.totals?.vintages ?? []).map((v) => [
        v.vintage,
        v.issuedG,
        v.heldG,
        v.inventoryG,
        v.escrowG,
        v.surrenderedG,
        v.expiredG,
        v.exportedG,
        vintageHolds(v) ? 1 : 0,
      ]);
      const columns = [
        'vintage',
        'issued_g',
        'held_g',
        'inventory_g',
        'escrow_g',
        'surrendered_g',
        'expired_g',
        'exported_g',
        'adds_up',
      ];
      download(
        `pcq-totals-${chain.name}-${header.height}.csv`,
        csv(chain, header, columns, rows),
        'text/csv',
      );
    }
  };
  const epochs = async () => {
    const market = await loadMarket(side, year);
    if (market === null) return;
    const names = Object.keys(market.epochs[0]?.record ?? {}).filter((name) => !name.startsWith('$'));
    const rows = market.epochs.map(({ number, record }) => [
      number,
      ...names.map((name) => {
        const value = (record as unknown as { [name: string]: unknown })[name];
        return typeof value === 'boolean' ? Number(value) : (value as bigint | number);
      }),
    ]);
    const snake = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
    download(
      `pcq-epochs-${side.name}-${year}.csv`,
      csv(side, market.header, ['epoch', ...names.map(snake)], rows),
      'text/csv',
    );
  };
  return (
    <Card title={say('Export', '导出')} proof="proven">
      <p class="dim">
        {say(
          'CSV. Each line names the chain, the block and the hash that it is proven by.',
          'CSV 格式；每行均注明证明所依据的链、区块与哈希。',
        )}
      </p>
      {error !== undefined && <Problem error={error} />}
      <div class="actions">
        <button type="button" class="plain" onClick={() => attempt(totals)}>
          <Icon of="down" /> {say('Totals', '总量')}
        </button>
        <button type="button" class="plain" onClick={() => attempt(epochs)}>
          <Icon of="down" /> {say('Prices and volume', '价格与成交量')}
        </button>
        <a class="button plain" href={href('regulator', side.name, year, 'people')}>
          {say('People…', '个人…')}
        </a>
        <a class="button plain" href={href('regulator', side.name, year, 'trades')}>
          {say('Trades…', '交易…')}
        </a>
      </div>
    </Card>
  );
}
