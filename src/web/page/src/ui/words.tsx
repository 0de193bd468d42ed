// What transactions did, in words: who, what, how much. From the exact bytes and the receipt's events.
import {
  type Balances,
  type Event,
  MarketSide,
  type Receipt,
  toAddress,
  type TransactionBody,
} from 'pcq-client';

import { type Chain } from '../core/chain.js';
import { href } from '../core/route.js';
import { count, exactMass, mass, money, price, wholeMass, wholeMoney, wholePrice } from '../text/format.js';
import { actionName, choiceName, statusName } from '../text/names.js';
import { reasonText } from '../text/reasons.js';
import { say } from '../text/say.js';
import { Facts, Id, Mark } from './parts.js';

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
  const grams = typeof v.grams === 'bigint' ? wholeMass(v.grams) : '';
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
          {verb} {grams} @ {wholePrice(limitUyPerKg)}
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
          {actionName(name)} {wholeMoney(v['amountUy'] as bigint)} {say('to', '至')}{' '}
          <Who chain={chain} id={to} />
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
            `Issue ${wholeMass(v['totalG'] as bigint)} to ${count(v['count'] as number)} people`,
            `向 ${count(v['count'] as number)} 人发放 ${wholeMass(v['totalG'] as bigint)}`,
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
          {say('Order of', '挂单结束：')} {who(value.account)} {say('ended:', '，')}{' '}
          {choiceName('pcq.v1.OrderEnd', value.reason)}
          {value.returnedG > 0n && say(`; ${mass(value.returnedG)} back`, `；退回 ${mass(value.returnedG)}`)}
          {value.returnedUy > 0n &&
            say(`; ${money(value.returnedUy)} back`, `；退回 ${money(value.returnedUy)}`)}
        </>
      );
    case 'settled':
      return (
        <>
          {who(value.account)}{' '}
          {value.again ? say('settled again after a correction', '更正后重新结算') : say('settled', '已结算')}
          :{' '}
          {say(
            `emitted ${mass(value.emittedG)}, surrendered ${mass(value.ownSurrenderedG + value.purchasedSurrenderedG)}`,
            `排放 ${mass(value.emittedG)}，清缴 ${mass(value.ownSurrenderedG + value.purchasedSurrenderedG)}`,
          )}
          {value.penalisedG > 0n &&
            say(
              `, penalised for ${mass(value.penalisedG)}: ${money(value.penaltyPaidUy + value.penaltyOwedUy)}`,
              `，超额 ${mass(value.penalisedG)}，罚款 ${money(value.penaltyPaidUy + value.penaltyOwedUy)}`,
            )}
          {value.penaltyOwedUy > 0n &&
            say(` (${money(value.penaltyOwedUy)} still owed)`, `（尚欠 ${money(value.penaltyOwedUy)}）`)}
          {value.borrowedG > 0n &&
            say(`, borrowed ${mass(value.borrowedG)}`, `，借用 ${mass(value.borrowedG)}`)}
          {value.bankedG > 0n && say(`, banked ${mass(value.bankedG)}`, `，结转 ${mass(value.bankedG)}`)}
          {value.expiredG > 0n && say(`, expired ${mass(value.expiredG)}`, `，失效 ${mass(value.expiredG)}`)}
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
            `Month ${value.epoch} of ${value.period} has no price: `,
            `${value.period} 年第 ${value.epoch} 月没有价格：`,
          )}
          {statusName(value.status)}
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
          {who(value.from)} {say('passed on', '无偿转出')} <b>{mass(value.grams)}</b> {say('to', '给')}{' '}
          {who(value.to)}
        </>
      );
    case 'joinedMarket':
      return (
        <>
          {who(value.account)}{' '}
          {value.side === MarketSide.DEMAND
            ? say(`joined the market of ${value.period} to buy`, `加入 ${value.period} 年市场（买方）`)
            : value.side === MarketSide.SUPPLY
              ? say(`joined the market of ${value.period} to sell`, `加入 ${value.period} 年市场（卖方）`)
              : say(`joined the market of ${value.period}`, `加入 ${value.period} 年市场`)}
          {value.feeUy > 0n && say(`, fee ${money(value.feeUy)}`, `，费用 ${money(value.feeUy)}`)}
          {value.feeUy < 0n && say(`, got ${money(-value.feeUy)}`, `，获补贴 ${money(-value.feeUy)}`)}
        </>
      );
    case 'debtPaid':
      return (
        <>
          {who(value.account)} {say('paid', '偿还')} <b>{money(value.amountUy)}</b>{' '}
          {say(`of what was owed for ${value.period}`, `（${value.period} 年欠款）`)}
          {value.openUy > 0n && say(`, ${money(value.openUy)} still owed`, `，尚欠 ${money(value.openUy)}`)}
        </>
      );
    case 'refunded':
      return (
        <>
          {who(value.account)} {say('got back', '获退还')} <b>{money(value.amountUy)}</b>{' '}
          {say('from the government', '（政府退还）')}
          {value.openUy > 0n && say(`, ${money(value.openUy)} to come`, `，待退 ${money(value.openUy)}`)}
        </>
      );
    case 'unfrozen':
      return (
        <>
          {say('The freeze of', '账户')} {who(value.account)}{' '}
          {say('ended: its time was over', '冻结到期，已自动解除')}
        </>
      );
    case 'clawbackProposed':
      return (
        <>
          {say(
            `Claw-back ${count(value.clawback)} proposed: it waits for approval`,
            `提议追回（第 ${count(value.clawback)} 号），待批准`,
          )}
        </>
      );
    case 'clawedBack':
      return (
        <>
          {say(`Claw-back ${count(value.clawback)}: from`, `追回（第 ${count(value.clawback)} 号）：自`)}{' '}
          {who(value.account)} <b>{mass(value.takenG)}</b> {say('and', '及')} <b>{money(value.takenUy)}</b>{' '}
          {say('taken back', '被追回')}
        </>
      );
    case 'correctionProposed':
      return (
        <>
          {say(
            `Correction ${count(value.correction)} proposed: it waits for approval`,
            `提议更正（第 ${count(value.correction)} 号），待批准`,
          )}
        </>
      );
    case 'disputeOpened':
      return (
        <>
          {say(
            `Dispute ${count(value.dispute)} opened: it waits for an answer`,
            `提出异议（第 ${count(value.dispute)} 号），待答复`,
          )}
        </>
      );
    case 'creditsConverted':
      return (
        <>
          {who(value.account)} {say('got', '以减排量')}{' '}
          {say(
            `${mass(value.quotaG)} of quota for ${mass(value.creditsG)} of credits of ${value.period}`,
            `${mass(value.creditsG)} 兑换 ${value.period} 年配额 ${mass(value.quotaG)}`,
          )}
        </>
      );
    case 'changeProposed':
      return (
        <>
          {say(
            `Proposal ${count(value.proposal)} is put to the vote; if it is accepted it is in force from block ${count(value.activateHeight)} on`,
            `第 ${count(value.proposal)} 号提案付诸表决；若通过，自区块 ${count(value.activateHeight)} 起生效`,
          )}
        </>
      );
    case 'changeDecided':
      return (
        <>
          {value.inForce
            ? say(
                `Proposal ${count(value.proposal)} is in force from the next block on`,
                `第 ${count(value.proposal)} 号提案自下一区块起生效`,
              )
            : say(`Proposal ${count(value.proposal)} has lapsed`, `第 ${count(value.proposal)} 号提案已失效`)}
        </>
      );
    case undefined:
      return <>{say('Something that this page is too old to tell', '本页面版本过旧，无法说明此事件')}</>;
  }
}

/** What became of it: done, or why not. */
export function Outcome({ receipt }: { receipt: Receipt }) {
  return receipt.code === 0 ? (
    <span class="badge good">{say('done', '完成')}</span>
  ) : (
    <span class="badge bad" title={receipt.text}>
      {say('refused', '被拒绝')}: {reasonText(receipt.code)}
    </span>
  );
}

/** What who signed has right after the transaction, of what it changed, as its receipt says. */
export function Left({ title, of: { cash, holdings } }: { title: string; of: Balances }) {
  const beside = (onOffer: string) => say(` and ${onOffer} on offer`, `，另有 ${onOffer} 挂单中`);
  return (
    <section class="left">
      <h3>
        {title} <Mark of="proven" />
      </h3>
      <Facts
        rows={[
          cash !== undefined && [
            say('Money', '余额'),
            wholeMoney(cash.balanceUy) + (cash.escrowUy > 0n ? beside(wholeMoney(cash.escrowUy)) : ''),
          ],
          ...holdings.map(({ vintage, heldG, escrowG }): [string, string] => [
            say(`Quota of ${vintage}`, `${vintage} 年配额`),
            exactMass(heldG) + (escrowG > 0n ? beside(exactMass(escrowG)) : ''),
          ]),
        ]}
      />
    </section>
  );
}
