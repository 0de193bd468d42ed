// The rules by which a regulator is told what to look at. Each says what it found, and what it could not look at: a rule with
// something of that left is never told as verified.
import { fromHex, type JudgedAttestation, toHex } from 'pcq-client';
import { type ComponentChildren } from 'preact';

import { type Chain } from '../../core/chain.js';
import { type Market } from '../../core/market.js';
import { type People, sumsOf } from '../../core/people.js';
import { agrees } from '../../core/proposition.js';
import { href } from '../../core/route.js';
import { type Trade } from '../../core/trades.js';
import { count, mass, time, wholeMass } from '../../text/format.js';
import { say } from '../../text/say.js';
import { type Proof } from '../../ui/parts.js';
import { Who } from '../../ui/words.js';
import type { Gathered } from '../regulator.js';
import { cashHolds, vintageHolds } from '../totals.js';
import type { Loaded } from './alerts.js';
import { sumName } from './people.js';
import { nodes, procedures } from './said.js';
import { reportUnderway } from './totals.js';

export interface Alert {
  grave: boolean;
  proof: Proof;
  text: ComponentChildren;
}
export interface Rule {
  name: string;
  proof: Proof;
  alerts: Alert[];
  /** Of what has to be looked at, what has not been, and why. */
  open?: ComponentChildren;
}

const anchorLag = 3n; // checkpoints that may be due
const dominates = 0.25; // a share of one side's volume
const tradersMin = 4; // of a side: of fewer, one always has so much

export function rulesOf(found: Loaded, gathered: Gathered, chain: Chain, year: number): Rule[] {
  return [
    conservation(found),
    checkpointAgrees(found, chain),
    reportAgrees(found),
    auditorsAgree(found, chain, year),
    ...(found.market === null ? [] : marketRules(found.market, chain)),
    ...peopleRules(gathered.people, chain),
    tradeRule(gathered, chain),
    procedures(found.said),
    nodes(found.said),
  ];
}

function noMain(): string {
  return say('could not be checked, for this node shows no main chain', '无法核对，该节点未提供主链');
}
function notYet(): string {
  return say('not looked at yet, see the tabs People and Trades', '尚未检查，见“个人分布”与“交易网络”');
}

function conservation({ headers }: Loaded): Rule {
  const alerts = headers.flatMap(({ chain, header }): Alert[] => {
    const { totals } = header.fields;
    if (totals === undefined || (cashHolds(totals) && totals.vintages.every(vintageHolds))) return [];
    return [
      {
        grave: true,
        proof: 'proven',
        text: say(
          `The totals of ${chain.name} do not add up at block ${count(header.height)}.`,
          `${chain.name} 在区块 ${count(header.height)} 的总量不平衡。`,
        ),
      },
    ];
  });
  const without = headers.filter(({ header }) => header.fields.totals === undefined);
  const open =
    without.length > 0
      ? say(
          `could not be checked, for these certify no totals: ${namesOf(without)}`,
          `无法核对，以下各链未认证总量：${namesOf(without)}`,
        )
      : headers.every(({ chain }) => !chain.isMain)
        ? noMain()
        : undefined;
  return {
    name: say('Quota and money add up on every chain', '每条链的配额与资金守恒'),
    proof: 'proven',
    alerts,
    open,
  };
}

function namesOf(of: { chain: Chain }[]): string {
  return of.map(({ chain }) => chain.name).join(', ');
}

function checkpointAgrees({ agreement, market }: Loaded, chain: Chain): Rule {
  const name = say('The latest checkpoint is the same on both chains', '最新检查点两链一致');
  const rule = (alerts: Alert[], open?: ComponentChildren): Rule => ({ name, proof: 'proven', alerts, open });
  if (agreement === undefined) return rule([], noMain());
  if (!agreement.registered) return rule([], notRegistered());
  const { anchored, lag } = agreement;
  const alerts: Alert[] = [];
  const due = BigInt(market?.rules?.parameters?.anchorInterval ?? 0);
  if (due > 0n && lag > due * anchorLag)
    alerts.push({
      grave: false,
      proof: 'proven',
      text:
        anchored === null
          ? say(
              `There is no checkpoint yet after ${count(lag)} blocks; one is due every ${count(due)}.`,
              `${count(lag)} 个区块后仍无检查点；应每 ${count(due)} 个区块一次。`,
            )
          : say(
              `The last checkpoint is ${count(lag)} blocks old; one is due every ${count(due)}.`,
              `最近检查点已是 ${count(lag)} 个区块之前；应每 ${count(due)} 个区块一次。`,
            ),
    });
  if (anchored === null)
    return rule(
      alerts,
      say('could not be checked, for the main chain has no checkpoint yet', '无法核对，主链尚无检查点'),
    );
  if (anchored.unseen !== undefined)
    return rule(
      alerts,
      <>
        {say(
          `could not be checked, for the node does not show block ${count(anchored.height)}: `,
          `无法核对，节点未给出区块 ${count(anchored.height)}：`,
        )}
        <span lang="en">{anchored.unseen}</span>
      </>,
    );
  if (!(anchored.hash && anchored.state && anchored.totals))
    alerts.push({
      grave: true,
      proof: 'proven',
      text: say(
        `The checkpoint of block ${count(anchored.height)} is of another block than ${chain.name} has.`,
        `区块 ${count(anchored.height)} 的检查点与 ${chain.name} 不符。`,
      ),
    });
  return rule(alerts);
}

function reportAgrees({ agreement }: Loaded): Rule {
  const name = say("The period's report is the same on both chains", '履约期报告两链一致');
  const rule = (alerts: Alert[], open?: string): Rule => ({ name, proof: 'proven', alerts, open });
  if (agreement === undefined) return rule([], noMain());
  if (!agreement.registered) return rule([], notRegistered());
  const { reports } = agreement;
  if (reports === 'none')
    return rule(
      [],
      say(
        'could not be checked, for there is none yet: it comes when everybody is settled',
        '无法核对，尚无报告：全部结算后提交',
      ),
    );
  if (reports === 'underway')
    return rule([], say(`could not be checked yet: ${reportUnderway()}`, `暂无法核对：${reportUnderway()}`));
  return rule(
    reports === 'same'
      ? []
      : [
          {
            grave: true,
            proof: 'proven',
            text: say('The report of the period differs between the chains.', '两链的履约期报告不一致。'),
          },
        ],
  );
}

function notRegistered(): string {
  return say(
    'could not be checked, for the main chain does not know this side chain yet',
    '无法核对，主链尚未登记该侧链',
  );
}

function auditorsAgree(found: Loaded, chain: Chain, year: number): Rule {
  const all = found.audits.flatMap(({ attestations }) => attestations);
  const wrong = all.filter(({ verdict }) => verdict === 'disagrees').length;
  return {
    name: say(
      `Auditors have found the certified blocks (attestations: ${all.length})`,
      `审计声明与认证区块一致（声明：${all.length} 条）`,
    ),
    proof: 'proven',
    open: notAttested(found, all),
    alerts:
      wrong === 0
        ? []
        : [
            {
              grave: true,
              proof: 'proven',
              text: (
                <a href={href('regulator', chain.name, year, 'audits')}>
                  {say(
                    `Auditors contradict the validators: ${wrong} attestations are of other blocks.`,
                    `审计方与验证者矛盾：${wrong} 条声明针对不同区块。`,
                  )}
                </a>
              ),
            },
          ],
  };
}

// What keeps the auditors' word from being a word on every chain that is shown.
function notAttested({ headers }: Loaded, all: JudgedAttestation[]): ComponentChildren {
  if (all.length === 0)
    return say('could not be checked, for no auditor has attested anything', '无法核对，尚无任何审计声明');
  const unchecked = all.filter(({ verdict }) => verdict === 'unchecked');
  if (unchecked.length > 0)
    return (
      <>
        {say(`${unchecked.length} of them could not be checked: `, `其中 ${unchecked.length} 条无法核对：`)}
        <span lang="en">{[...new Set(unchecked.map(({ why }) => why))].join('; ')}</span>
      </>
    );
  if (headers.every(({ chain }) => !chain.isMain)) return noMain();
  const without = headers.filter(({ chain }) => all.every((one) => toHex(one.chain) !== chain.id));
  return without.length === 0
    ? undefined
    : say(
        `could not be checked, for no auditor has attested blocks of ${namesOf(without)}`,
        `无法全部核对，尚无针对 ${namesOf(without)} 的审计声明`,
      );
}

function marketRules(market: Market, chain: Chain): Rule[] {
  const prices: Alert[] = [];
  const state: Alert[] = [];
  for (const { number, record } of market.epochs) {
    if (!agrees(record))
      prices.push({
        grave: true,
        proof: 'proven',
        text: say(
          `The price of month ${number} is not what Proposition 1 gives from its inputs.`,
          `第 ${number} 月价格与命题 1 的计算不符。`,
        ),
      });
    if (record.status === 3)
      state.push({
        grave: false,
        proof: 'proven',
        text: say(`Month ${number}: the ceiling on P_c binds.`, `第 ${number} 月：P_c 触及上限。`),
      });
    if (record.status === 2)
      state.push({
        grave: false,
        proof: 'proven',
        text: say(`Month ${number}: short of supply.`, `第 ${number} 月：供给不足。`),
      });
    if (record.status >= 100)
      state.push({
        grave: false,
        proof: 'proven',
        text: say(`Month ${number} has no price.`, `第 ${number} 月没有价格。`),
      });
  }
  if (market.paused !== null)
    state.push({
      grave: false,
      proof: 'proven',
      text: say(
        `The market is paused until ${time(market.paused.untilMs)}: ${market.paused.reason}`,
        `市场暂停至 ${time(market.paused.untilMs)}：${market.paused.reason}`,
      ),
    });
  const { book } = market;
  if (book !== null && book.boughtG > 0n && book.inventoryG * 2n > book.boughtG)
    state.push({
      grave: false,
      proof: 'proven',
      text: (
        <a href={href('market', chain.name, market.period.period)}>
          {say(
            `The platform has sold less than half of what it bought: ${mass(book.inventoryG)} are left.`,
            `平台售出不足收购的一半：剩余 ${mass(book.inventoryG)}。`,
          )}
        </a>
      ),
    });
  const unpriced = market.period.epoch - market.epochs.length;
  const open =
    market.epochs.length === 0
      ? say('nothing to check, for no month has been priced yet', '无可核对，尚无任何月份定价')
      : unpriced > 0
        ? say(
            `only the newest ${market.epochs.length} were looked at, not the ${unpriced} before`,
            `仅检查最近 ${market.epochs.length} 次，此前 ${unpriced} 次未检查`,
          )
        : undefined;
  return [
    {
      name: say('Every price follows from its inputs', '每次定价均可由输入推出'),
      proof: 'proven',
      alerts: prices,
      open,
    },
    {
      name: say('Supply, ceiling, pauses, inventory', '供给、上限、暂停、库存'),
      proof: 'proven',
      alerts: state,
      open,
    },
  ];
}

function peopleRules(people: People | undefined, chain: Chain): Rule[] {
  const names = [
    say('The sums over all people are the certified ones', '全体合计与认证总量一致'),
    say('Readings: none missing, none far above the others', '读数：无缺失，无异常偏高'),
  ] as const;
  if (people === undefined)
    return names.map((name) => ({ name, proof: 'proven' as const, alerts: [], open: notYet() }));
  const sums = sumsOf(people);
  const unlooked = people.registered - people.looked;
  const part =
    unlooked > 0
      ? say(`${count(unlooked)} people have not been looked at`, `尚有 ${count(unlooked)} 人未检查`)
      : undefined;
  const sorted = people.of.map(({ emitted }) => emitted).sort((a, b) => Number(a - b));
  const middle = sorted[Math.floor(sorted.length / 2)] ?? 0n;
  const far = people.of.filter(({ emitted }) => middle > 0n && emitted > middle * 10n);
  const missing = people.of.filter(({ months }) => months < people.monthsAdvanced).length;
  const readings: Alert[] = [];
  if (missing > 0)
    readings.push({
      grave: false,
      proof: 'proven',
      text: say(
        `${count(missing)} people have fewer readings than the ${people.monthsAdvanced} months that are over.`,
        `${count(missing)} 人的读数少于已结束的 ${people.monthsAdvanced} 个月。`,
      ),
    });
  for (const { account, emitted } of far.slice(0, 5)) {
    readings.push({
      grave: false,
      proof: 'proven',
      text: (
        <>
          <Who chain={chain} id={account} />{' '}
          {say(
            `emitted ${mass(emitted)}, more than ten times the middle person's ${mass(middle)}.`,
            `排放 ${mass(emitted)}，超过中位数 ${mass(middle)} 的十倍。`,
          )}
        </>
      ),
    });
  }
  return [
    {
      name: names[0],
      proof: 'proven',
      alerts: (sums ?? [])
        .filter(({ people: mine, certified }) => mine !== certified)
        .map(({ name, people: mine, certified }) => ({
          grave: true,
          proof: 'proven',
          text: `${sumName(name)}: ${wholeMass(mine)} \u2260 ${wholeMass(certified)}`,
        })),
      open:
        sums !== undefined
          ? undefined
          : (part ??
            say(
              'could not be checked, for the header certifies no totals of the period',
              '无法核对，区块头未认证该履约期的总量',
            )),
    },
    { name: names[1], proof: 'proven', alerts: readings, open: part },
  ];
}

function tradeRule({ trades }: Gathered, chain: Chain): Rule {
  const name = say('Nobody dominates a side of the market', '没有人主导市场一侧');
  const rule = (alerts: Alert[], open?: string): Rule => ({ name, proof: 'proven', alerts, open });
  if (trades === undefined) return rule([], notYet());
  if (!trades.complete)
    return rule(
      [],
      say(
        'not looked at, for not every block has been gone through, see the tab Trades',
        '未检查，尚未遍历所有区块，见“交易网络”',
      ),
    );
  const sides = (['seller', 'buyer'] as const).map((side) => ({
    side,
    sums: sumsBy(trades.of, side, chain),
  }));
  const few = sides.some(({ sums }) => sums.size < tradersMin);
  return rule(
    sides.flatMap(({ side, sums }) => dominant(sums, side, chain)),
    few
      ? say(
          `nothing to tell of a side on which fewer than ${tradersMin} people have traded`,
          `某侧交易者不足 ${tradersMin} 人，无法判断`,
        )
      : undefined,
  );
}

function sumsBy(trades: Trade[], side: 'seller' | 'buyer', chain: Chain): Map<string, bigint> {
  const sums = new Map<string, bigint>();
  for (const trade of trades) {
    const id = trade[side];
    if (id !== '' && trade.way !== 'gift' && !chain.parties.has(id))
      sums.set(id, (sums.get(id) ?? 0n) + trade.grams);
  }
  return sums;
}

function dominant(sums: Map<string, bigint>, side: 'seller' | 'buyer', chain: Chain): Alert[] {
  const whole = [...sums.values()].reduce((a, b) => a + b, 0n);
  if (sums.size < tradersMin || whole === 0n) return [];
  return [...sums].flatMap(([id, grams]): Alert[] => {
    const part = Number(grams) / Number(whole);
    if (part < dominates) return [];
    const words = side === 'seller' ? say('sold', '售出') : say('bought', '购入');
    return [
      {
        grave: false,
        proof: 'proven',
        text: (
          <>
            <Who chain={chain} id={fromHex(id, 32)} />{' '}
            {say(
              `${words} ${Math.round(part * 100)} % of all.`,
              `${words}占全部的 ${Math.round(part * 100)} %。`,
            )}
          </>
        ),
      },
    ];
  });
}
