// What transactions did, in words: who, what, how much. From the exact bytes and the receipt's events.
import { type Event, MarketSide, type Receipt, toAddress, toHex, type TransactionBody } from 'pcq-client';
import { type ComponentChildren } from 'preact';

import { type Chain } from '../core/chain.js';
import { href } from '../core/route.js';
import { count, mass, money, price, share, time } from '../text/format.js';
import { actionName, fieldName, orderEnd } from '../text/names.js';
import { say } from '../text/say.js';
import { Id } from './parts.js';

/** An account: by the name that the genesis document gives it, or its address. */
export function Who({ chain, id, short = true }: { chain: Chain; id: Uint8Array; short?: boolean }) {
  if (id.length !== 32) return <span>{say('nobody', '无')}</span>;
  const address = toAddress(id);
  const party = chain.partyOf(id);
  const link = href('account', chain.name, address);
  if (party !== undefined)
    return (
      <a href={link} title={address} class="who">
        {party.name}
      </a>
    );
  return short ? (
    <a href={link} title={address} class="who">
      <code>{`${address.slice(0, 9)}\u2026${address.slice(-4)}`}</code>
    </a>
  ) : (
    <Id text={address} link={link} head={14} tail={8} />
  );
}

interface Fields {
  [name: string]: unknown;
}

/** One line: what was asked for. */
export function Asked({ chain, body }: { chain: Chain; body: TransactionBody }) {
  const { case: name, value } = body.action;
  const v = (value ?? {}) as Fields & { period?: number; grams?: bigint };
  const grams = typeof v.grams === 'bigint' ? mass(v.grams) : '';
  switch (name) {
    case 'sellSurplus':
      return <>{say(`Sell ${grams} to the platform`, `向平台出售 ${grams}`)}</>;
    case 'buyQuota':
      return <>{say(`Buy ${grams} from the platform`, `向平台购买 ${grams}`)}</>;
    case 'placeOrder': {
      const { side, limitUyPerKg } = v as unknown as { side: MarketSide; limitUyPerKg: bigint };
      const verb =
        side === MarketSide.DEMAND ? say('Offer to buy', '挂单买入') : say('Offer to sell', '挂单卖出');
      return (
        <>
          {verb} {grams} @ {price(limitUyPerKg)}
        </>
      );
    }
    case 'registerUsers':
      return <>{`${actionName(name)}: ${count((v['users'] as unknown[]).length)}`}</>;
    case 'reportEmissions':
      return (
        <>
          {say(
            `Report emissions of month ${v['month']}: ${count((v['readings'] as unknown[]).length)} readings`,
            `报告 ${v['month']} 月排放：${count((v['readings'] as unknown[]).length)} 条读数`,
          )}
        </>
      );
    case 'claimIssuance':
      return <>{`${actionName(name)}: ${count((v['leaves'] as unknown[]).length)}`}</>;
    case 'deposit':
    case 'transferCash': {
      const to = (name === 'deposit' ? v['account'] : v['to']) as Uint8Array;
      return (
        <>
          {actionName(name)} {money(v['amountUy'] as bigint)} {say('to', '至')} <Who chain={chain} id={to} />
        </>
      );
    }
    case 'transferQuota':
      return (
        <>
          {actionName(name)} {grams} {say('to', '至')} <Who chain={chain} id={v['to'] as Uint8Array} />
        </>
      );
    case 'joinMarket':
      return <>{say(`Join the market of ${v.period}`, `加入 ${v.period} 年市场`)}</>;
    case 'advancePeriod':
      return <>{say(`End month ${v['month']} of ${v.period}`, `结束 ${v.period} 年第 ${v['month']} 月`)}</>;
    case 'issueBatch':
      return (
        <>
          {say(
            `Issue ${mass(v['totalG'] as bigint)} to ${count(v['count'] as number)} people`,
            `向 ${count(v['count'] as number)} 人发放 ${mass(v['totalG'] as bigint)}`,
          )}
        </>
      );
    default:
      return (
        <>
          {actionName(name)}
          {typeof v.period === 'number' && v.period > 0 ? ` ${v.period}` : ''}
        </>
      );
  }
}

/** One sentence for each thing that happened. */
export function Happened({ chain, event }: { chain: Chain; event: Event }) {
  const { case: name, value } = event.event;
  const who = (id: Uint8Array) => <Who chain={chain} id={id} />;
  switch (name) {
    case 'traded':
      return (
        <>
          {who(value.seller)} {say('sold', '出售')} <b>{mass(value.grams)}</b> {say('to', '给')}{' '}
          {who(value.buyer)} @ {price(value.priceUyPerKg)}: <b>{money(value.amountUy)}</b>
          {value.feeUy > 0n && say(`, fee ${money(value.feeUy)}`, `，费用 ${money(value.feeUy)}`)}
        </>
      );
    case 'orderFilled':
      return (
        <>
          {who(value.account)}{' '}
          {value.side === MarketSide.DEMAND ? say('bought', '买入') : say('sold', '卖出')}{' '}
          <b>{mass(value.grams)}</b> {say('in the auction', '（集合竞价）')} @ {price(value.priceUyPerKg)}:{' '}
          <b>{money(value.amountUy)}</b>
          {value.remainingG > 0n &&
            say(`, ${mass(value.remainingG)} left on offer`, `，剩余 ${mass(value.remainingG)}`)}
        </>
      );
    case 'auctioned':
      return (
        <>
          {say(
            `Auction: ${mass(value.grams)} changed hands at ${price(value.priceUyPerKg)}, ${value.buys} buys and ${value.sells} sells`,
            `集合竞价：${mass(value.grams)} 成交，价格 ${price(value.priceUyPerKg)}，${value.buys} 买 ${value.sells} 卖`,
          )}
        </>
      );
    case 'orderEnded':
      return (
        <>
          {say('Order of', '订单')} {who(value.account)} {say('ended', '结束')}: {orderEnd(value.reason)}
        </>
      );
    case 'settled':
      return (
        <>
          {who(value.account)} {say('settled', '已结算')}:{' '}
          {say(
            `emitted ${mass(value.emittedG)}, surrendered ${mass(value.ownSurrenderedG + value.purchasedSurrenderedG)}`,
            `排放 ${mass(value.emittedG)}，清缴 ${mass(value.ownSurrenderedG + value.purchasedSurrenderedG)}`,
          )}
          {value.penalisedG > 0n &&
            say(
              `, penalised for ${mass(value.penalisedG)}: ${money(value.penaltyPaidUy + value.penaltyOwedUy)}`,
              `，超额 ${mass(value.penalisedG)}，罚款 ${money(value.penaltyPaidUy + value.penaltyOwedUy)}`,
            )}
          {value.bankedG > 0n && say(`, banked ${mass(value.bankedG)}`, `，结转 ${mass(value.bankedG)}`)}
        </>
      );
    case 'priced':
      return value.buyPriceUyPerKg > 0n ? (
        <>
          {say(
            `Month ${value.epoch} of ${value.period} priced: P_ph ${price(value.buyPriceUyPerKg)}, P_c ${price(value.sellPriceUyPerKg)}`,
            `${value.period} 年第 ${value.epoch} 月定价：P_ph ${price(value.buyPriceUyPerKg)}，P_c ${price(value.sellPriceUyPerKg)}`,
          )}
        </>
      ) : (
        <>
          {say(
            `Month ${value.epoch} of ${value.period} has no price`,
            `${value.period} 年第 ${value.epoch} 月没有价格`,
          )}
        </>
      );
    case 'usersRegistered':
      return (
        <>
          {say(
            `${count(value.count)} people registered, from number ${count(value.firstNumber)} on`,
            `登记 ${count(value.count)} 人，自第 ${count(value.firstNumber)} 号起`,
          )}
        </>
      );
    case 'cashMoved':
      return (
        <>
          {who(value.account)} {value.changeUy < 0n ? say('paid', '支出') : say('received', '收入')}{' '}
          <b>{money(value.changeUy < 0n ? -value.changeUy : value.changeUy)}</b>
        </>
      );
    case 'transferred':
      return (
        <>
          {who(value.from)} {say('gave', '赠予')} <b>{mass(value.grams)}</b> {say('to', '给')} {who(value.to)}
        </>
      );
    case undefined:
      return null;
    default:
      return (
        <>
          {fieldName(name)}: <FieldList chain={chain} of={value as unknown as Fields} />
        </>
      );
  }
}

/** What became of it: done, or why not. */
export function Outcome({ receipt }: { receipt: Receipt }) {
  return receipt.code === 0 ? (
    <span class="badge good">{say('done', '完成')}</span>
  ) : (
    <span class="badge bad" title={receipt.text}>
      {say(`refused (${receipt.code})`, `被拒绝 (${receipt.code})`)}
    </span>
  );
}

/** A field's value with its unit. */
export function valueOf(chain: Chain, name: string, value: unknown): ComponentChildren {
  if (typeof value === 'bigint') {
    if (/UyPerKg$/.test(name)) return price(value);
    if (/Uy$/.test(name)) return money(value);
    if (/Ppb$/.test(name)) return share(value);
    if (/Ms$/.test(name)) return value > 10n ** 11n ? time(value) : count(value);
    return name === 'grams' || /G$/.test(name) ? mass(value) : count(value);
  }
  if (value instanceof Uint8Array) {
    const isAccount = [
      'account',
      'to',
      'from',
      'seller',
      'buyer',
      'meter',
      'heir',
      'proposedBy',
      'approvedBy',
    ].includes(name);
    if (value.length === 0) return '\u2013';
    return value.length === 32 && isAccount ? <Who chain={chain} id={value} /> : <Id text={toHex(value)} />;
  }
  if (Array.isArray(value))
    return value.length > 0 && typeof value[0] !== 'object'
      ? value.map(String).join(', ')
      : count(value.length);
  if (typeof value === 'boolean') return value ? say('yes', '是') : say('no', '否');
  if (typeof value === 'number') return name === 'period' ? String(value) : count(value);
  if (value !== null && typeof value === 'object') return <FieldList chain={chain} of={value as Fields} />;
  return String(value);
}

export function FieldList({ chain, of }: { chain: Chain; of: Fields }) {
  const shown = Object.entries(of).filter(([name, value]) => !name.startsWith('$') && value !== undefined);
  return (
    <span class="fieldlist">
      {shown.map(([name, value], i) => (
        <span key={name}>
          {i > 0 && ', '}
          <span class="dim">{fieldName(name)}</span> {valueOf(chain, name, value)}
        </span>
      ))}
    </span>
  );
}
