// Orders to other people: placing, watching, cancelling.
import { type Action, fromHex, MarketSide, type OrderRecord, tables, toHex } from 'pcq-client';
import { useState } from 'preact/hooks';

import { act } from '../../core/act.js';
import { openKey } from '../../core/keys.js';
import { read, useLoaded, want } from '../../core/proven.js';
import { setAside } from '../../core/standing.js';
import { useStore } from '../../core/store.js';
import { decimal, wholeMass, wholeMoney, wholePrice } from '../../text/format.js';
import { parseAmount } from '../../text/parse_amount.js';
import { say } from '../../text/say.js';
import { Card, Empty, Facts, Id, Mark, type Proof, Shown, Table } from '../../ui/parts.js';
import type { WalletProps } from '../wallet.js';
import { Acting } from './acting.js';
import { UnlockButton } from './key.js';
import { dealOf, feeWords, giveAway, Joining } from './deal.js';
import { loadPerson, type Person, whyNot } from './overview.js';

async function loadOrders(props: WalletProps) {
  const { chain, account, year } = props;
  const person = await loadPerson(chain, account, year);
  const hashes = person?.orders?.orders ?? [];
  if (person === null || hashes.length === 0) return { person, orders: [] };
  const { values } = await read(
    chain,
    hashes.map((hash) => want(tables.orders, hash)),
    person.header.height,
  );
  return {
    person,
    orders: hashes.flatMap((hash, i) =>
      values[i] == null ? [] : [{ hash: toHex(hash), record: values[i]! }],
    ),
  };
}

function sideName(side: MarketSide): string {
  return side === MarketSide.DEMAND ? say('buy', '买入') : say('sell', '卖出');
}
function wordsOf({ side, remainingG, limitUyPerKg }: OrderRecord): string {
  return `${sideName(side)} ${wholeMass(remainingG)} @ ${wholePrice(limitUyPerKg)}`;
}

export function OrdersView(props: WalletProps) {
  const { chain, address, year } = props;
  const key = useStore(openKey);
  const loaded = useLoaded(chain, `orders ${chain.id} ${address} ${year}`, () => loadOrders(props));
  const [cancelling, setCancelling] = useState<{ hash: string; words: string } | undefined>(undefined);
  return (
    <Shown of={loaded}>
      {({ person, orders }) =>
        person === null ? (
          <Empty>{say('There is no such period.', '没有此履约期。')}</Empty>
        ) : (
          <>
            <PlaceOrder person={person} {...props} />
            <Card title={say('Your orders', '我的挂单')} proof="proven" height={person.header.height}>
              <Table
                stacked
                caption={say('Your orders', '我的挂单')}
                empty={say('No order of yours stands.', '您没有挂单。')}
                head={[
                  { text: say('Side', '方向') },
                  { text: say('Limit', '限价'), right: true },
                  { text: say('Placed', '数量'), right: true },
                  { text: say('Left', '剩余'), right: true },
                  { text: say('Set aside', '冻结'), right: true },
                  { text: '' },
                ]}
                rows={orders.map(({ hash, record }) => ({
                  key: hash,
                  cells: [
                    sideName(record.side),
                    wholePrice(record.limitUyPerKg),
                    wholeMass(record.grams),
                    wholeMass(record.remainingG),
                    record.side === MarketSide.DEMAND
                      ? wholeMoney(record.escrowUy)
                      : wholeMass(record.remainingG),
                    key === undefined ? (
                      ''
                    ) : (
                      <button
                        type="button"
                        class="plain"
                        aria-label={say(`Cancel: ${wordsOf(record)}`, `撤单：${wordsOf(record)}`)}
                        onClick={() => setCancelling({ hash, words: wordsOf(record) })}
                      >
                        {say('Cancel', '撤单')}
                      </button>
                    ),
                  ],
                }))}
              />
            </Card>
            {cancelling !== undefined && (
              <Acting
                title={say('Cancel the order', '撤销挂单')}
                verb={say('Sign and cancel', '签名并撤单')}
                steps={[say('Cancel', '撤单')]}
                chain={chain}
                close={() => setCancelling(undefined)}
                run={(step) =>
                  act(chain, [{ case: 'cancelOrder', value: { order: fromHex(cancelling.hash, 32) } }], step)
                }
              >
                <p class="sentence">{cancelling.words}</p>
                <p>
                  {say('Its number:', '编号：')} <Id text={cancelling.hash} />
                </p>
                <p>
                  {say(
                    'What is left of it ends, and what was set aside comes back.',
                    '剩余部分将撤销，冻结的配额或资金退回。',
                  )}
                </p>
              </Acting>
            )}
          </>
        )
      }
    </Shown>
  );
}

/** As it was asked for: a new block changes nothing of what is signed. */
interface Order {
  kind: 'sell' | 'buy';
  grams: bigint;
  limitUyPerKg: bigint;
  joins: boolean;
  joining: bigint;
  joiningProof: Proof;
  fee: bigint; // for the trade, now
  feeMax: bigint | undefined;
  escrowUy: bigint; // what an order to buy sets aside, the fee included
  actions: Action[];
}

function PlaceOrder({ person, chain, year }: WalletProps & { person: Person }) {
  const [asking, setAsking] = useState<Order | undefined>(undefined);
  const placing = say('Placing', '挂单');
  const isGiven = asking?.kind === 'sell' && asking.limitUyPerKg === 0n;
  return (
    <>
      <OrderForm person={person} year={year} ask={setAsking} />
      {asking !== undefined && (
        <Acting
          title={asking.kind === 'sell' ? say('Offer to sell', '挂单卖出') : say('Offer to buy', '挂单买入')}
          verb={say('Sign and place', '签名并挂单')}
          steps={asking.joins ? [say('Joining the market', '加入市场'), placing] : [placing]}
          chain={chain}
          close={() => setAsking(undefined)}
          run={(step) => act(chain, asking.actions, step)}
          {...(isGiven && { consent: giveAway(asking.grams) })}
        >
          <p class="sentence">
            {wholeMass(asking.grams)} @ {wholePrice(asking.limitUyPerKg)}
          </p>
          <Comes of={asking} />
          {isGiven && (
            <p class="notice warn" role="note">
              {say('The limit is 0: somebody may get it for nothing.', '限价为 0：他人可能无偿获得。')}
            </p>
          )}
        </Acting>
      )}
    </>
  );
}

/** What it comes to, as it was worked out when it was asked for. */
function Comes({ of }: { of: Order }) {
  const isSale = of.kind === 'sell';
  return (
    <>
      <div class="bill">
        <Facts
          rows={[
            of.joins && [
              say('Joining this side of the market, once', '加入该侧市场（一次）'),
              <Joining of={of} />,
            ],
            [
              say('Set aside until it is filled or ends', '冻结，至成交或撤销'),
              isSale ? wholeMass(of.grams) : wholeMoney(of.escrowUy),
            ],
            of.fee !== 0n && [
              isSale
                ? say('Fee for the trade, now, of what it brings', '交易费（当前），从所得中扣除')
                : say('In it the fee for the trade, now', '其中交易费（当前）'),
              wholeMoney(of.fee),
            ],
          ]}
        />
      </div>
      <p class="dim">
        {of.joins &&
          say(
            'If the chain refuses the order, you have joined all the same. ',
            '若链拒绝该挂单，加入市场仍然有效。',
          )}
        {feeWords(of, true)}
      </p>
    </>
  );
}

interface OrderFormProps {
  person: Person;
  year: number;
  ask: (order: Order) => void;
}
function OrderForm({ person, year, ask }: OrderFormProps) {
  const key = useStore(openKey);
  const { standing: s, epoch } = person;
  const [kind, setKind] = useState<'sell' | 'buy'>(s.excess > 0n ? 'buy' : 'sell');
  const [amount, setAmount] = useState('');
  const [limit, setLimit] = useState('');
  if (!person.open || epoch === undefined)
    return (
      <Card title={say('Place an order', '挂单')}>
        <Empty>{say('The market is closed.', '市场休市。')}</Empty>
      </Card>
    );
  const most = kind === 'sell' ? s.maySell : s.mayBuy;
  const middle = (epoch.buyPriceUyPerKg + epoch.sellPriceUyPerKg) / 2n;
  const grams = amount === '' ? most : parseAmount(amount, 3);
  const perKg = limit === '' ? middle : parseAmount(limit, 6);
  const { joins, joining, joiningProof, fee, feeMax } = dealOf(kind, person, grams ?? 0n);
  const wrongAmount = wrongGrams(grams, most, person);
  const wrongLimit =
    perKg === undefined
      ? say('Yuan with at most six decimals, for example 7.25', '元，最多六位小数，例如 7.25')
      : perKg < epoch.buyPriceUyPerKg
        ? say(`Less than ${wholePrice(epoch.buyPriceUyPerKg)}`, `低于 ${wholePrice(epoch.buyPriceUyPerKg)}`)
        : perKg > epoch.sellPriceUyPerKg
          ? say(
              `More than ${wholePrice(epoch.sellPriceUyPerKg)}`,
              `高于 ${wholePrice(epoch.sellPriceUyPerKg)}`,
            )
          : undefined;
  // Joining is paid before anything is set aside.
  const aside = kind === 'buy' ? setAside(grams ?? 0n, perKg ?? 0n, fee) : 0n;
  const isPoor = joining + aside > person.cashUy || joining > person.cashUy;
  const orderOf = (some: bigint, limitUyPerKg: bigint): Order => {
    const side = kind === 'sell' ? MarketSide.SUPPLY : MarketSide.DEMAND;
    const join = { period: year, side, feeMaxUy: joining > 0n ? joining : 0n };
    const place = { period: year, side, grams: some, limitUyPerKg };
    const actions: Action[] = [{ case: 'placeOrder', value: place }];
    if (joins) actions.unshift({ case: 'joinMarket', value: join });
    return {
      kind,
      grams: some,
      limitUyPerKg,
      joins,
      joining,
      joiningProof,
      fee,
      feeMax,
      escrowUy: aside,
      actions,
    };
  };
  const isWrong = wrongAmount !== undefined || wrongLimit !== undefined;
  const fits = !isWrong && !isPoor && most > 0n;
  const order = fits && grams !== undefined && perKg !== undefined ? orderOf(grams, perKg) : undefined;
  return (
    <Card title={say('Place an order', '挂单')} proof="proven" height={person.header.height}>
      <p class="dim">
        {say(
          'To trade with other people instead of the platform, at your price or better. Orders meet after each block, and end with the month.',
          '与他人而非平台交易，以您的限价或更优价格成交。每个区块后撮合，月末失效。',
        )}
      </p>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (order !== undefined) ask(order);
        }}
      >
        <div class="row" role="group" aria-label={say('Side', '方向')}>
          {(['sell', 'buy'] as const).map((one) => (
            <label key={one} class="check">
              <input type="radio" name="order-side" checked={kind === one} onChange={() => setKind(one)} />
              {one === 'sell' ? say('sell', '卖出') : say('buy', '买入')}
            </label>
          ))}
        </div>
        <div class="columns">
          <div>
            <label for="order-amount">
              {say(`How much, at most ${wholeMass(most)}`, `数量，最多 ${wholeMass(most)}`)}
            </label>
            <div class="unit-field">
              <input
                id="order-amount"
                inputMode="decimal"
                value={amount}
                placeholder={decimal(most, 3, 3)}
                aria-invalid={wrongAmount !== undefined}
                aria-describedby="order-amount-says"
                onInput={(event) => setAmount(event.currentTarget.value)}
              />
              <span aria-hidden="true">kg</span>
            </div>
            <Says id="order-amount-says" text={wrongAmount} />
          </div>
          <div>
            <label for="order-limit">
              {say(
                `Limit, ${wholePrice(epoch.buyPriceUyPerKg)} to ${wholePrice(epoch.sellPriceUyPerKg)}`,
                `限价，${wholePrice(epoch.buyPriceUyPerKg)} 至 ${wholePrice(epoch.sellPriceUyPerKg)}`,
              )}
            </label>
            <div class="unit-field">
              <input
                id="order-limit"
                inputMode="decimal"
                value={limit}
                placeholder={decimal(middle, 6, 6, 2)}
                aria-invalid={wrongLimit !== undefined}
                aria-describedby="order-limit-says"
                onInput={(event) => setLimit(event.currentTarget.value)}
              />
              <span aria-hidden="true">¥/kg</span>
            </div>
            <Says id="order-limit-says" text={wrongLimit} />
          </div>
        </div>
        {joins && (
          <p class="dim">
            {say(
              joining < 0n
                ? `You join this side of the market with it, and are paid ${wholeMoney(-joining)}.`
                : `You join this side of the market with it, for ${wholeMoney(joining)}.`,
              joining < 0n
                ? `同时加入该侧市场，您获得 ${wholeMoney(-joining)}。`
                : `同时加入该侧市场，费用 ${wholeMoney(joining)}。`,
            )}{' '}
            <Mark of={joiningProof} />
          </p>
        )}
        <div aria-live="polite">
          {most === 0n && <p class="dim">{whyNot(kind, person, 1n)}</p>}
          {isPoor && !isWrong && most > 0n && (
            <p class="bad">
              {aside > 0n &&
                say(
                  `The order sets ${wholeMoney(aside)} aside, with the fee. `,
                  `该挂单将冻结 ${wholeMoney(aside)}（含交易费）。`,
                )}
              {say(`You have ${wholeMoney(person.cashUy)}.`, `您的余额为 ${wholeMoney(person.cashUy)}。`)}
            </p>
          )}
        </div>
        <div class="actions">
          {key === undefined ? (
            <UnlockButton />
          ) : (
            <button type="submit" disabled={order === undefined}>
              {say('Place it…', '挂单…')}
            </button>
          )}
        </div>
      </form>
    </Card>
  );
}

function wrongGrams(grams: bigint | undefined, most: bigint, { market }: Person): string | undefined {
  if (most === 0n && grams === 0n) return undefined; // there is nothing to be had, which is said on its own
  if (grams === undefined)
    return say('Kilograms with at most three decimals, for example 12.5', '公斤数，最多三位小数，例如 12.5');
  if (grams > most) return say(`More than ${wholeMass(most)}`, `超过 ${wholeMass(most)}`);
  const least = market.rules?.parameters?.orderLeastG ?? 0n;
  return grams < least || grams === 0n
    ? say(
        `An order is for at least ${wholeMass(least > 0n ? least : 1n)}; the platform trades less.`,
        `挂单至少为 ${wholeMass(least > 0n ? least : 1n)}；更少数量可与平台交易。`,
      )
    : undefined;
}

/** What is wrong with a field, for everybody. */
function Says({ id, text }: { id: string; text: string | undefined }) {
  return (
    <div id={id} aria-live="polite">
      {text !== undefined && <p class="bad">{text}</p>}
    </div>
  );
}
