// One account, as anybody may see it: who it is, what it has of each period.
import { fromAddress, PcqError, PeriodPhase, tables, toAddress, toHex } from 'pcq-client';

import { type Chain } from '../core/chain.js';
import { read, useLoaded, want } from '../core/proven.js';
import { href } from '../core/route.js';
import { dueWith, standing } from '../core/standing.js';
import { count, exactMass, mass, money } from '../text/format.js';
import { accountStatus, phaseName, roleName } from '../text/names.js';
import { say } from '../text/say.js';
import { Card, Empty, Facts, Id, Problem, Shown, Table } from '../ui/parts.js';

export async function loadAccount(chain: Chain, account: Uint8Array) {
  if (chain.isMain) {
    const { header, values } = await read(chain, [want(tables.accounts, account)]);
    return { header, record: values[0], cash: null, periods: [] };
  }
  const first = await read(chain, [want(tables.periodList)]);
  const years = first.values[0]?.periods ?? [];
  const { header, values } = await read(
    chain,
    [want(tables.accounts, account), want(tables.cash, account), want(tables.obligations, account)],
    first.header.height,
  );
  const known = await Promise.all(
    years.map(async (year) => {
      const { values: found } = await read(
        chain,
        [
          want(tables.periods, year),
          want(tables.holdings, account, year),
          want(tables.emissions, account, year),
          want(tables.orderLists, account, year),
          want(tables.settlements, account, year),
        ],
        header.height,
      );
      const [period, holding, emissions, orders, settlement] = found;
      return period === null ? [] : [{ year, period, holding, emissions, orders, settlement }];
    }),
  );
  const periods = known.flat();
  const obligationG = values[2]?.grams ?? 0n;
  const isSettled = (year: number) =>
    periods.some(
      (one) => one.year === year && (one.settlement !== null || one.period.phase === PeriodPhase.SETTLED),
    );
  return {
    header,
    record: values[0],
    cash: values[1],
    periods: periods.map((entry) => ({
      ...entry,
      standing: standing({
        ...entry,
        obligationG:
          entry.settlement?.obligationG ?? (dueWith(entry.year, years, isSettled) ? obligationG : 0n),
        timeMs: header.fields.timeMs,
      }),
    })),
  };
}

function accountIn(address: string): Uint8Array | PcqError {
  try {
    return fromAddress(address);
  } catch (error) {
    if (error instanceof PcqError) return error;
    throw error;
  }
}

export function AccountView({ chain, address }: { chain: Chain; address: string }) {
  const account = accountIn(address);
  if (account instanceof PcqError)
    return (
      <>
        <h1>
          {say('Account', '账户')} <span class="badge">{chain.name}</span>
        </h1>
        <Card title={address}>
          <Problem error={account} />
        </Card>
      </>
    );
  return <AccountFound chain={chain} account={account} address={address} />;
}

function AccountFound({ chain, account, address }: { chain: Chain; account: Uint8Array; address: string }) {
  const party = chain.partyOf(account);
  const loaded = useLoaded(chain, `account ${chain.id} ${address}`, () => loadAccount(chain, account));
  return (
    <>
      <h1>
        {party?.name ?? say('Account', '账户')} <span class="badge">{chain.name}</span>
      </h1>
      <Shown of={loaded}>
        {({ header, record, cash, periods }) =>
          record === null ? (
            <Card title={say('Not there', '不存在')} proof="proven" height={header.height}>
              <Empty>
                {say('It is proven that this chain has no such account.', '已证明该链上没有此账户。')}
              </Empty>
              <Id text={toAddress(account)} head={20} tail={12} />
            </Card>
          ) : (
            <>
              <Card title={say('Account', '账户')} proof="proven" height={header.height}>
                <Facts
                  rows={[
                    [say('Address', '地址'), <Id text={toAddress(account)} head={20} tail={12} />],
                    [
                      say('Kind', '类型'),
                      record.roles.length > 0
                        ? record.roles.map(roleName).join(', ')
                        : record.number > 0n // a person is who was registered
                          ? say('person', '个人')
                          : say('organisation', '机构'),
                    ],
                    [say('State', '状态'), accountStatus(record.status)],
                    [
                      say('Keys', '密钥'),
                      say(
                        `${record.threshold} of ${record.keys.length} must sign`,
                        `${record.keys.length} 个中需 ${record.threshold} 个签名`,
                      ),
                    ],
                    record.number > 0n && [say('Registered as', '登记序号'), count(record.number)],
                    cash !== null && [say('Money', '余额'), money(cash.balanceUy)],
                    cash !== null &&
                      cash.escrowUy > 0n && [say('Money on offer', '挂单冻结'), money(cash.escrowUy)],
                    record.kycCommitment.length > 0 && [
                      say('Identity file', '身份文件承诺'),
                      <Id text={toHex(record.kycCommitment)} />,
                    ],
                  ]}
                />
              </Card>
              {!chain.isMain && (
                <Card title={say('Quota by period', '各履约期配额')} proof="proven" height={header.height}>
                  <Table
                    stacked
                    caption={say('Quota by period', '各履约期配额')}
                    empty={say('There is no period yet', '尚无履约期')}
                    head={[
                      { text: say('Period', '履约期') },
                      { text: say('Issued', '已发放'), right: true },
                      { text: say('Sold', '已售'), right: true },
                      { text: say('Bought', '已购'), right: true },
                      { text: say('Emitted', '已排放'), right: true },
                      { text: say('Surplus or deficit', '盈余或缺口'), right: true },
                      { text: say('State', '状态') },
                    ]}
                    rows={periods.map(({ year, period, holding, standing: s, settlement }) => ({
                      key: String(year),
                      cells: [
                        <a href={href('period', chain.name, year)}>{year}</a>,
                        <span title={exactMass(s.issued)}>{mass(s.issued)}</span>,
                        mass(holding?.soldG ?? 0n),
                        mass(holding?.purchasedG ?? 0n),
                        <span title={exactMass(s.emitted)}>{mass(s.emitted)}</span>,
                        <span class={s.excess > 0n ? 'bad' : 'good'}>
                          {s.excess > 0n ? `−${mass(s.excess)}` : mass(s.surplus)}
                        </span>,
                        settlement !== null
                          ? say(
                              `settled, penalty ${money(settlement.penaltyPaidUy + settlement.penaltyOwedUy)}`,
                              `已结算，罚款 ${money(settlement.penaltyPaidUy + settlement.penaltyOwedUy)}`,
                            )
                          : phaseName(
                              period.phase === PeriodPhase.UNSPECIFIED ? PeriodPhase.OPEN : period.phase,
                            ),
                      ],
                    }))}
                  />
                </Card>
              )}
            </>
          )
        }
      </Shown>
    </>
  );
}
