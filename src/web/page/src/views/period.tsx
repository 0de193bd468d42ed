// One period: how far it is, its policy in words, what became of its quota.
import { tables } from 'pcq-client';

import { type Chain } from '../core/chain.js';
import { read, useLoaded, want } from '../core/proven.js';
import { count, mass, price, share, time } from '../text/format.js';
import { phaseName } from '../text/names.js';
import { say } from '../text/say.js';
import { Card, Empty, Facts, Figure, Figures, Shown } from '../ui/parts.js';
import { Holds, vintageHolds, VintageTable } from './totals.js';

export function PeriodView({ chain, year }: { chain: Chain; year: number }) {
  const loaded = useLoaded(chain, `period ${chain.id} ${year}`, () =>
    read(chain, [want(tables.periods, year), want(tables.vintageTotals, year)]),
  );
  return (
    <>
      <h1>
        {say(`Period ${year}`, `${year} 年履约期`)} <span class="badge">{chain.name}</span>
      </h1>
      <Shown of={loaded}>
        {({ header, values: [period, totals] }) => {
          if (period === null)
            return (
              <Empty>
                {say('It is proven that this chain knows no such period.', '已证明该链没有此履约期。')}
              </Empty>
            );
          const policy = period.policy;
          const opening = period.opening;
          return (
            <>
              <Card title={say('How far it is', '进度')} proof="proven" height={header.height}>
                <Figures>
                  <Figure label={say('Phase', '阶段')} proof="proven">
                    {phaseName(period.phase)}
                  </Figure>
                  <Figure label={say('Months over', '已结束月份')} proof="proven">
                    {period.monthsAdvanced} / {period.months}
                  </Figure>
                  <Figure label={say('Cap', '总量上限')} proof="proven">
                    {mass(period.capG)}
                  </Figure>
                  <Figure label={say('Closes at the earliest', '最早关闭')} proof="proven">
                    <small>
                      {period.earliestCloseMs === 0n
                        ? say('at any time', '随时')
                        : time(period.earliestCloseMs)}
                    </small>
                  </Figure>
                </Figures>
              </Card>
              {totals !== null && (
                <Card
                  title={say('Where the quota is', '配额去向')}
                  proof="proven"
                  height={header.height}
                  aside={<Holds yes={vintageHolds(totals)} />}
                >
                  <VintageTable chain={chain} vintages={[totals]} />
                </Card>
              )}
              {policy !== undefined && (
                <Card title={say('Policy', '政策')} proof="proven" height={header.height}>
                  <Facts
                    rows={[
                      [
                        say('Bought quota may offset', '购买配额可抵消'),
                        say(
                          `δ = ${share(policy.offsetRatioPpb)} of what a person lacks`,
                          `个人缺口的 δ = ${share(policy.offsetRatioPpb)}`,
                        ),
                      ],
                      [
                        say('Price ceiling P', '价格上限 P'),
                        policy.marketPriceUyPerKg === 0n
                          ? say('none', '无')
                          : price(policy.marketPriceUyPerKg),
                      ],
                      [say('Effort cost e', '努力成本 e'), price(policy.effortCostUyPerKg)],
                      [say('Penalty', '罚款'), price(policy.penaltyUyPerKg)],
                      [say('Unused quota that is banked', '未用配额结转'), share(policy.bankingRatioPpb)],
                      policy.priceChangePpb > 0n && [
                        say('P_ph moves at most', 'P_ph 每期变动上限'),
                        share(policy.priceChangePpb),
                      ],
                      policy.borrowingRatioPpb > 0n && [
                        say('May be borrowed', '可借用'),
                        share(policy.borrowingRatioPpb),
                      ],
                    ]}
                  />
                </Card>
              )}
              {opening?.estimates !== undefined && (
                <Card
                  title={say('Held against Proposition 2 when it was opened', '开启时与命题 2 的对照')}
                  proof="proven"
                  height={header.height}
                >
                  <Facts
                    rows={[
                      [say('Expected excess N', '预计超额 N'), mass(opening.estimates.excessG)],
                      [say('People W', '人数 W'), count(opening.estimates.people)],
                      [say('Surplus of a person D', '人均盈余 D'), mass(opening.estimates.reductionG)],
                      [say('Best δ', '最优 δ'), share(opening.optimalOffsetRatioPpb)],
                      [say('Second-order condition', '二阶条件'), <Holds rule yes={opening.concave} />],
                      [say('P k < 2 N', 'P k < 2 N'), <Holds rule yes={opening.lowerBound} />],
                      [say('3 e N < D W P', '3 e N < D W P'), <Holds rule yes={opening.upperBound} />],
                      [say('δ N ≤ D W', 'δ N ≤ D W'), <Holds rule yes={opening.supplySuffices} />],
                      opening.overrideReason !== '' && [
                        say('Opened all the same because', '仍然开启的原因'),
                        opening.overrideReason,
                      ],
                    ]}
                  />
                </Card>
              )}
            </>
          );
        }}
      </Shown>
    </>
  );
}
