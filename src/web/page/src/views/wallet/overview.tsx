// The period at a glance: what one has, what one emits, what selling or buying now would bring, and doing it.
import { tables } from 'pcq-client';
import { useState } from 'preact/hooks';

import { type Chain } from '../../core/chain.js';
import { openKey } from '../../core/keys.js';
import { loadFees, loadMarket } from '../../core/market.js';
import { obligationsDue } from '../../core/obligations.js';
import { read, useLoaded, want } from '../../core/proven.js';
import { href } from '../../core/route.js';
import { forecast, isOpen, isRunning, standing } from '../../core/standing.js';
import { useStore } from '../../core/store.js';
import { decimal, exactMass, mass, money, wholeMass, wholeMoney, wholePrice } from '../../text/format.js';
import { parseAmount } from '../../text/parse_amount.js';
import { phaseName } from '../../text/names.js';
import { say } from '../../text/say.js';
import { Icon } from '../../ui/icons.js';
import { Card, Figure, Figures, Shown } from '../../ui/parts.js';
import type { WalletProps } from '../wallet.js';
import { Bill, Confirm, type Deal, dealOf, NothingPaid } from './deal.js';
import { UnlockButton } from './key.js';
import { Months } from './months.js';

export async function loadPerson(chain: Chain, account: Uint8Array, year: number) {
  const market = await loadMarket(chain, year);
  if (market === null) return null;
  const { header, values } = await read(
    chain,
    [
      want(tables.holdings, account, year),
      want(tables.emissions, account, year),
      want(tables.orderLists, account, year),
      want(tables.cash, account),
      want(tables.members, account, year),
      want(tables.settlements, account, year),
      want(tables.debts, account, year),
    ],
    market.header.height,
  );
  const [holding, emissions, orders, cash, member, settlement, debt] = values;
  const [due = 0n] = await obligationsDue(chain, [account], year, market.header.height);
  const obligationG = settlement?.obligationG ?? due;
  const { timeMs } = header.fields;
  const joining = await loadFees(chain, market);
  return {
    header,
    market,
    period: market.period,
    epoch: market.epochs.at(-1)?.record,
    open: isOpen(market.period) && market.paused === null && settlement === null,
    standing: standing({ period: market.period, holding, emissions, orders, obligationG, timeMs }),
    holding,
    emissions,
    orders,
    cashUy: cash?.balanceUy ?? 0n,
    joining,
    member,
    settlement,
    debt,
  };
}
export type Person = NonNullable<Awaited<ReturnType<typeof loadPerson>>>;

export function OverviewView(props: WalletProps) {
  const { chain, account, address, year } = props;
  const loaded = useLoaded(chain, `wallet ${chain.id} ${address} ${year}`, () =>
    loadPerson(chain, account, year),
  );
  return (
    <Shown of={loaded}>
      {(person) =>
        person !== null && (
          <>
            <Glance person={person} chain={chain} />
            {person.settlement === null ? (
              <div class="columns">
                <Trade kind="sell" person={person} {...props} />
                <Trade kind="buy" person={person} {...props} />
              </div>
            ) : (
              <p class="notice">
                {say('The period is settled. ', '该履约期已结算。')}
                <a href={href('wallet', chain.name, year, 'statement')}>
                  {say('See the statement', '查看对账单')}
                </a>
              </p>
            )}
            <Months person={person} />
          </>
        )
      }
    </Shown>
  );
}

function Glance({ person, chain }: { person: Person; chain: Chain }) {
  const { standing: s, period, header, epoch } = person;
  const expected = forecast(person.emissions, period);
  const isOver = !isRunning(period) || person.settlement !== null;
  const lacking = s.excess > 0n;
  const used = s.issued > 0n ? Number(s.emitted) / Number(s.issued) : s.emitted > 0n ? 1 : 0;
  return (
    <Card
      title={say(`${period.period} at a glance`, `${period.period} 年概览`)}
      proof="proven"
      height={header.height}
      aside={
        <span class="badge">
          {phaseName(period.phase)},{' '}
          {say(
            `${period.monthsAdvanced} of ${period.months} months`,
            `${period.monthsAdvanced}/${period.months} 月`,
          )}
        </span>
      }
    >
      <Figures>
        <Figure
          label={lacking ? say('You lack', '缺口') : say('Surplus', '盈余')}
          proof="proven"
          large
          tone={lacking ? 'bad' : 'good'}
          exact={exactMass(lacking ? s.excess : s.surplus)}
          hint={glanceHint(person)}
        >
          {mass(lacking ? s.excess : s.surplus)}
        </Figure>
        <Figure
          label={say('Quota of the year', '年度配额')}
          proof="proven"
          exact={exactMass(s.issued)}
          hint={say(`${mass(s.accrued)} so far`, `已累积 ${mass(s.accrued)}`)}
        >
          {mass(s.issued)}
        </Figure>
        <Figure
          label={isOver ? say('Emitted in all', '全年排放') : say('Emitted', '已排放')}
          proof="proven"
          tone={isOver && s.emitted > s.issued ? 'bad' : 'plain'}
          exact={exactMass(s.emitted)}
        >
          {mass(s.emitted)}
        </Figure>
        {!isOver && (
          <Figure
            label={say('By the year\u2019s end', '年末预测')}
            proof="own"
            tone={expected !== undefined && expected > s.issued ? 'bad' : 'plain'}
            hint={say('if every month is like those that are over', '若各月均与已结束月份相同')}
          >
            {expected === undefined ? '\u2013' : mass(expected)}
          </Figure>
        )}
        <Figure label={say('Money', '余额')} proof="proven">
          <a href={href('wallet', chain.name, period.period, 'history')}>{money(person.cashUy)}</a>
        </Figure>
      </Figures>
      <div
        class="gauge"
        role="img"
        aria-label={say(
          `${Math.round(used * 100)} % of the year's quota is used`,
          `年度配额已使用 ${Math.round(used * 100)} %`,
        )}
      >
        <svg viewBox="0 0 1000 14" preserveAspectRatio="none" aria-hidden="true">
          <rect class="track" width="1000" height="14" />
          <rect class={used >= 1 ? 'over' : 'fill'} width={1000 * Math.min(1, used)} height="14" />
          {period.months > 0 && (
            <rect
              class="now"
              x={Math.min(996, (1000 * period.monthsAdvanced) / period.months)}
              width="3"
              height="14"
            />
          )}
        </svg>
        <span class="dim">
          {say(
            `${Math.round(used * 100)} % of the quota used; the line is the time that has passed`,
            `配额已用 ${Math.round(used * 100)} %；竖线为已过时间`,
          )}
        </span>
      </div>
      {person.debt !== null && person.debt.owedUy + person.debt.clawedBackUy > person.debt.paidUy && (
        <p class="bad">
          <Icon of="warn" /> {say('You owe', '您欠')}{' '}
          {money(person.debt.owedUy + person.debt.clawedBackUy - person.debt.paidUy)}
        </p>
      )}
      {epoch === undefined && (
        <p class="dim">
          {say(
            'There is no price yet: the first one comes when a month has ended.',
            '尚无价格：首月结束后公布。',
          )}
        </p>
      )}
    </Card>
  );
}

function glanceHint({ settlement, period, standing: s }: Person): string {
  if (settlement !== null)
    return s.excess > 0n
      ? say(
          `settled: ${mass(settlement.penalisedG)} of it was penalised`,
          `已结算：其中 ${mass(settlement.penalisedG)} 受罚`,
        )
      : say(
          `settled: ${mass(settlement.bankedG)} was banked, nothing of it is sold any more`,
          `已结算：结转 ${mass(settlement.bankedG)}，不能再出售`,
        );
  if (!isRunning(period))
    return say('the period is closed: nothing is traded any more', '履约期已关闭：不能再交易');
  return s.excess > 0n
    ? say(
        `${wholeMass(s.mayBuy)} of it may be offset by buying`,
        `其中 ${wholeMass(s.mayBuy)} 可通过购买抵消`,
      )
    : say(`you may sell ${wholeMass(s.maySell)} now`, `现在可出售 ${wholeMass(s.maySell)}`);
}

interface TradeProps extends WalletProps {
  kind: 'sell' | 'buy';
  person: Person;
}

function Trade({ kind, person, chain, year }: TradeProps) {
  const key = useStore(openKey);
  const { standing: s, epoch } = person;
  const inventory = person.market.book?.inventoryG ?? 0n;
  const limit = kind === 'sell' ? s.maySell : least(s.mayBuy, inventory);
  const [typed, setTyped] = useState('');
  const [asking, setAsking] = useState<Deal | undefined>(undefined);
  const grams = typed === '' ? limit : parseAmount(typed, 3);
  const deal = grams === undefined ? undefined : dealOf(kind, person, grams);
  const tooMuch = grams !== undefined && grams > limit;
  // Joining is paid before anything is got.
  const due = deal === undefined ? 0n : kind === 'buy' ? deal.net : deal.joining;
  const poor = due > person.cashUy;
  const isFeeAbove = kind === 'sell' && deal !== undefined && deal.grams > 0n && deal.amount < deal.fee;
  const possible = person.open && limit > 0n && epoch !== undefined;
  const field = `${kind}-amount`;
  const title = kind === 'sell' ? say('Sell surplus', '出售盈余') : say('Buy quota', '购买配额');
  const rate =
    epoch === undefined ? undefined : kind === 'sell' ? epoch.buyPriceUyPerKg : epoch.sellPriceUyPerKg;
  return (
    <Card
      title={title}
      proof="proven"
      height={person.header.height}
      aside={rate !== undefined ? <b>{wholePrice(rate)}</b> : undefined}
    >
      {!possible ? (
        <p class="dim">{whyNot(kind, person, limit)}</p>
      ) : (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            if (deal !== undefined && deal.grams > 0n && !tooMuch && !poor && !isFeeAbove) setAsking(deal);
          }}
        >
          <label for={field}>
            {say(`How much, at most ${wholeMass(limit)}`, `数量，最多 ${wholeMass(limit)}`)}
          </label>
          <div class="unit-field">
            <input
              id={field}
              inputMode="decimal"
              value={typed}
              placeholder={decimal(limit, 3, 3)}
              aria-invalid={grams === undefined || tooMuch}
              aria-describedby={`${field}-says`}
              onInput={(event) => setTyped(event.currentTarget.value)}
            />
            <span aria-hidden="true">kg</span>
          </div>
          <div id={`${field}-says`} aria-live="polite">
            {grams === undefined ? (
              <p class="bad">
                {say(
                  'Kilograms with at most three decimals, for example 12.5',
                  '公斤数，最多三位小数，例如 12.5',
                )}
              </p>
            ) : tooMuch ? (
              <p class="bad">{say(`More than ${wholeMass(limit)}`, `超过 ${wholeMass(limit)}`)}</p>
            ) : (
              deal !== undefined && <Bill kind={kind} deal={deal} />
            )}
            {kind === 'sell' && rate === 0n && <NothingPaid />}
            {isFeeAbove && !tooMuch && (
              <p class="bad">
                {say(
                  'The fee for the trade is more than that brings: the chain would refuse it.',
                  '交易费高于所得，链将拒绝。',
                )}
              </p>
            )}
            {poor && !tooMuch && (
              <p class="bad">
                {say(`You have ${wholeMoney(person.cashUy)}.`, `您的余额为 ${wholeMoney(person.cashUy)}。`)}
              </p>
            )}
          </div>
          <div class="actions">
            {key === undefined ? (
              <UnlockButton />
            ) : (
              <button
                type="submit"
                disabled={grams === undefined || grams === 0n || tooMuch || poor || isFeeAbove}
              >
                {kind === 'sell' ? say('Sell…', '出售…') : say('Buy…', '购买…')}
              </button>
            )}
          </div>
        </form>
      )}
      {asking !== undefined && (
        <Confirm kind={kind} deal={asking} chain={chain} year={year} close={() => setAsking(undefined)} />
      )}
    </Card>
  );
}

/** Why nothing can be sold or bought. */
export function whyNot(kind: 'sell' | 'buy', person: Person, limit: bigint): string {
  if (person.market.paused !== null) return say('The market is paused.', '市场已暂停。');
  if (!person.open || person.epoch === undefined)
    return say('The market is closed until the next price.', '市场休市，等待下一次定价。');
  if (kind === 'sell')
    return say('You have no surplus of the months that are over.', '已结束的月份中没有盈余。');
  if (person.standing.mayBuy === 0n)
    return person.standing.excess > 0n
      ? say('You have bought as much as the policy lets you offset.', '您已购满政策允许抵消的数量。')
      : say('You lack nothing.', '您没有缺口。');
  return limit === 0n
    ? say(
        'The platform has nothing to sell; an order to other people may find something.',
        '平台库存为空；可尝试向他人挂单求购。',
      )
    : '';
}

function least(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}
