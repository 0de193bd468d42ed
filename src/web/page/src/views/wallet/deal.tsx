// What a trade or an order comes to, said before it is signed, and signing a trade with the platform.
import { type MemberRecord, MarketSide } from 'pcq-client';

import { act } from '../../core/act.js';
import { type Chain } from '../../core/chain.js';
import { cost, joiningFee, proceeds } from '../../core/standing.js';
import { wholeMass, wholeMoney } from '../../text/format.js';
import { say } from '../../text/say.js';
import { Icon } from '../../ui/icons.js';
import { Facts, Mark, type Proof } from '../../ui/parts.js';
import { Acting } from './acting.js';
import type { Person } from './overview.js';

export interface Deal {
  grams: bigint;
  amount: bigint; // got from or paid to the platform
  fee: bigint; // of the newest price; nothing that is signed bounds it
  feeMax: bigint | undefined; // by the policy of the period
  joining: bigint;
  joiningProof: Proof;
  net: bigint; // gained, or paid, with this fee
  joins: boolean;
  priceUyPerKg: bigint; // what it was worked out with, and what is signed
}

export function dealOf(kind: 'sell' | 'buy', person: Person, grams: bigint): Deal {
  const { epoch, member } = person;
  const { fees, proof: joiningProof } = person.joining;
  const amount = epoch === undefined ? 0n : kind === 'sell' ? proceeds(grams, epoch) : cost(grams, epoch);
  const fee = epoch?.tradeFeeUy ?? 0n;
  const joins = !isMember(member, kind);
  const joining = joiningFee(fees, member, kind);
  const net = kind === 'sell' ? amount - fee - joining : amount + fee + joining;
  const priceUyPerKg = (kind === 'sell' ? epoch?.buyPriceUyPerKg : epoch?.sellPriceUyPerKg) ?? 0n;
  const feeMax = person.period.policy?.tradeFeeCapUy;
  return { grams, amount, fee, feeMax, joining, joiningProof, net, joins, priceUyPerKg };
}

function isMember(member: MemberRecord | null, kind: 'sell' | 'buy'): boolean {
  return kind === 'sell' ? member?.sells === true : member?.buys === true;
}

/** At P_ph = 0 the platform takes surplus and pays nothing. */
export function NothingPaid() {
  return (
    <p class="notice warn" role="note">
      <Icon of="warn" />{' '}
      {say(
        'The platform pays nothing now: its price P_ph is 0. Whoever sells gives quota away. A later month may have another price.',
        '平台目前不付款：收购价 P_ph 为 0，出售即为白送。之后的月份可能另有价格。',
      )}
    </p>
  );
}

export function Bill({ kind, deal }: { kind: 'sell' | 'buy'; deal: Deal }) {
  const sign = kind === 'sell' ? '\u2212 ' : '+ ';
  return (
    <div class="bill">
      <Facts
        rows={[
          [
            kind === 'sell' ? say('The platform pays', '平台支付') : say('The platform asks', '平台收取'),
            wholeMoney(deal.amount),
          ],
          deal.fee !== 0n && [say('Fee for the trade, now', '交易费（当前）'), sign + wholeMoney(deal.fee)],
          deal.joins && [
            say('Joining this side of the market, once', '加入该侧市场（一次）'),
            <Joining of={deal} sign={sign} />,
          ],
          [
            <b>
              {kind === 'sell'
                ? say('You get, with the fee of now', '您将获得（按当前费用）')
                : say('You pay, with the fee of now', '您将支付（按当前费用）')}
            </b>,
            <b class={kind === 'sell' && deal.net < 0n ? 'bad' : 'good'}>{wholeMoney(deal.net)}</b>,
          ],
        ]}
      />
    </div>
  );
}

export function Joining({
  of: { joining, joiningProof },
  sign = '',
}: {
  of: Pick<Deal, 'joining' | 'joiningProof'>;
  sign?: string;
}) {
  return (
    <>
      {joining < 0n
        ? say(`you are paid ${wholeMoney(-joining)}`, `您获得 ${wholeMoney(-joining)}`)
        : sign + wholeMoney(joining)}{' '}
      <Mark of={joiningProof} />
    </>
  );
}

/** What is signed bounds the price alone: the fee is of the epoch in which it is carried out. */
export function feeWords({ feeMax }: Pick<Deal, 'feeMax'>, isOrder = false): string {
  const words = isOrder
    ? say(
        'The fee for the trade is that of the moment when the order is placed; what you sign does not bound it.',
        '交易费以挂单执行时为准，您签名的内容不对其设限。',
      )
    : say(
        'The fee for the trade is that of the moment when it is carried out; what you sign does not bound it.',
        '交易费以成交时为准，您签名的内容不对其设限。',
      );
  if (feeMax === undefined) return words;
  return (
    words +
    say(
      ` The policy of the period does: it is ${wholeMoney(feeMax)} at most.`,
      `本履约期政策规定其最高为 ${wholeMoney(feeMax)}。`,
    )
  );
}

export function giveAway(grams: bigint): string {
  return say(
    `I give ${wholeMass(grams)} away and get nothing for it`,
    `我知道将白送 ${wholeMass(grams)}，不获得任何款项`,
  );
}

interface ConfirmProps {
  kind: 'sell' | 'buy';
  deal: Deal;
  chain: Chain;
  year: number;
  close: () => void;
}
export function Confirm({ kind, deal, chain, year, close }: ConfirmProps) {
  const side = kind === 'sell' ? MarketSide.SUPPLY : MarketSide.DEMAND;
  const join = {
    case: 'joinMarket' as const,
    value: { period: year, side, feeMaxUy: deal.joining > 0n ? deal.joining : 0n },
  };
  const trade =
    kind === 'sell'
      ? {
          case: 'sellSurplus' as const,
          value: { period: year, grams: deal.grams, priceMinUyPerKg: deal.priceUyPerKg },
        }
      : {
          case: 'buyQuota' as const,
          value: { period: year, grams: deal.grams, priceMaxUyPerKg: deal.priceUyPerKg },
        };
  const actions = deal.joins ? [join, trade] : [trade];
  const isGiven = kind === 'sell' && deal.amount === 0n;
  const verb = kind === 'sell' ? say('Sign and sell', '签名并出售') : say('Sign and buy', '签名并购买');
  return (
    <Acting
      title={
        kind === 'sell'
          ? say(`Sell ${wholeMass(deal.grams)}`, `出售 ${wholeMass(deal.grams)}`)
          : say(`Buy ${wholeMass(deal.grams)}`, `购买 ${wholeMass(deal.grams)}`)
      }
      verb={verb}
      close={close}
      run={(step) => act(chain, actions, step)}
      steps={deal.joins ? [say('Joining the market', '加入市场'), verb] : [verb]}
      chain={chain}
      {...(isGiven && { consent: giveAway(deal.grams) })}
    >
      <Bill kind={kind} deal={deal} />
      {isGiven && <NothingPaid />}
      <p class="dim">
        {deal.joins
          ? say(
              'At this price or better: if it has become worse by then, the chain refuses the trade; you have joined all the same.',
              '以此价格或更优成交；若价格变差，链将拒绝该交易，但加入市场仍然有效。',
            )
          : say(
              'At this price or better: if it has become worse by then, the chain refuses, and nothing happens.',
              '以此价格或更优成交；若价格变差，链将拒绝执行。',
            )}{' '}
        {feeWords(deal)}
      </p>
    </Acting>
  );
}
