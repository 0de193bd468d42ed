// What a regulator should look at: found by rules, each with what it stands on.
import { fromHex, type Json, toAddress } from 'pcq-client';
import { type ComponentChildren } from 'preact';

import { type Chain } from '../../core/chain.js';
import { loadMarket, type Market } from '../../core/market.js';
import { type People, sumsOf } from '../../core/people.js';
import { agrees } from '../../core/proposition.js';
import { useLoaded } from '../../core/proven.js';
import { href } from '../../core/route.js';
import { type Trade } from '../../core/trades.js';
import { count, mass, shortened, time } from '../../text/format.js';
import { say } from '../../text/say.js';
import { Icon } from '../../ui/icons.js';
import { Card, Mark, type Proof, Shown } from '../../ui/parts.js';
import type { Gathered, RegulatorProps } from '../regulator.js';
import { cashHolds, vintageHolds } from '../totals.js';
import { loadAudits } from './audits.js';
import { sumName } from './people.js';
import { loadAgreement } from './totals.js';

interface Alert {
  grave: boolean;
  proof: Proof;
  text: ComponentChildren;
}
interface Rule {
  name: string;
  proof: Proof;
  alerts: Alert[] | undefined; // nothing: not looked at
  /** Why it cannot be looked at here; left out: it has not been yet. */
  closed?: string;
}

const anchorLag = 3n; // checkpoints that may be due
const dominates = 0.25; // a share of one side's volume

async function load({ chain, chains, year }: RegulatorProps) {
  const main = chains.find(({ isMain }) => isMain);
  const [headers, market, agreement, said, audits] = await Promise.all([
    Promise.all(chains.map(async (one) => ({ chain: one, header: await one.reader.header() }))),
    loadMarket(chain, year),
    main === undefined ? undefined : loadAgreement(main, chain, year),
    askNode(chain, chains),
    Promise.all(chains.map((one) => loadAudits(one, chains))),
  ]);
  return { headers, market, agreement, said, audits };
}

interface Said {
  disputes: number;
  corrections: number;
  clawbacks: number;
  evidence: { chain: string; count: number }[];
  stalled: { chain: string; text: string }[];
  /** Whether the node tells everybody of evidence and of what it waits for. */
  open: boolean;
}
async function askNode(chain: Chain, chains: Chain[]): Promise<Said> {
  const list = async (method: string) =>
    ((await chain.said(method, { limit: 1000 })) as { value: { [name: string]: Json[] } }).value[method] ??
    [];
  const [disputes, corrections, clawbacks] = await Promise.all([
    list('disputes'),
    list('corrections'),
    list('clawbacks'),
  ]);
  const open = (entries: Json[], name: string) =>
    entries.filter((entry) => (entry as { [name: string]: Json })[name] === '').length;
  const each = await Promise.all(
    chains.map(async (one) => ({
      chain: one.name,
      evidence: (await one.saidToAll('evidence')) as { count: number } | undefined,
      why: (await one.saidToAll('why')) as { stalled: boolean; text: string } | undefined,
    })),
  );
  return {
    disputes: disputes.filter((entry) => (entry as { status?: Json }).status === 'open').length,
    corrections: open(corrections, 'approved_by'),
    clawbacks: open(clawbacks, 'approved_by'),
    evidence: each.flatMap(({ chain: name, evidence }) =>
      evidence !== undefined && evidence.count > 0 ? [{ chain: name, count: evidence.count }] : [],
    ),
    stalled: each.flatMap(({ chain: name, why }) =>
      why?.stalled === true ? [{ chain: name, text: why.text }] : [],
    ),
    open: each.every(({ evidence, why }) => evidence !== undefined && why !== undefined),
  };
}

export function AlertsView(props: RegulatorProps) {
  const { chain, year, gathered } = props;
  const loaded = useLoaded(chain, `alerts ${chain.id} ${year}`, () => load(props));
  return (
    <Shown of={loaded}>
      {(found) => {
        const rules = [
          conservation(found),
          chainsAgree(found, chain),
          auditorsAgree(found, chain, year),
          ...(found.market === null ? [] : marketRules(found.market, chain)),
          ...peopleRules(gathered.people, chain),
          tradeRule(gathered, chain),
          procedures(found.said),
          nodes(found.said),
        ];
        const alerts = rules
          .flatMap(({ alerts: some }) => some ?? [])
          .sort((a, b) => Number(b.grave) - Number(a.grave));
        const open = rules.filter(({ alerts: some }) => some === undefined).length;
        return (
          <>
            <Card
              title={say('To look at', '需关注')}
              aside={
                <span
                  class={`badge ${alerts.some(({ grave }) => grave) ? 'bad' : alerts.length + open > 0 ? 'open' : 'good'}`}
                >
                  {count(alerts.length)}
                </span>
              }
            >
              {alerts.length === 0 && open > 0 ? (
                <p class="sentence dim">
                  <Icon of="said" />{' '}
                  {say(
                    `Nothing so far; ${open} of ${rules.length} rules have not been looked at.`,
                    `目前无；${rules.length} 项中有 ${open} 项尚未检查。`,
                  )}
                </p>
              ) : alerts.length === 0 ? (
                <p class="sentence good">
                  <Icon of="check" /> {say('Nothing.', '无。')}
                </p>
              ) : (
                <ul class="alerts">
                  {alerts.map(({ grave, proof, text }, i) => (
                    <li key={i} class={grave ? 'grave' : ''}>
                      <Icon of="warn" label={grave ? say('grave', '严重') : say('note', '提示')} />
                      <span>{text}</span>
                      <Mark of={proof} />
                    </li>
                  ))}
                </ul>
              )}
            </Card>
            <Card title={say('What was looked at', '检查项目')}>
              <ul class="rules">
                {rules.map(({ name, proof, alerts: some, closed }) => (
                  <li key={name}>
                    <Found alerts={some} proof={proof} />
                    <span>
                      {name}
                      {some === undefined && (
                        <span class="dim">
                          {closed ??
                            say(
                              ': not looked at yet, see the tabs People and Trades',
                              '：尚未检查，见“个人分布”与“交易网络”',
                            )}
                        </span>
                      )}
                    </span>
                    {some !== undefined && <Mark of={proof} />}
                  </li>
                ))}
              </ul>
            </Card>
          </>
        );
      }}
    </Shown>
  );
}

// The shield is for what this browser has verified, and for nothing else.
function Found({ alerts, proof }: { alerts: Alert[] | undefined; proof: Proof }) {
  if (alerts !== undefined && alerts.length > 0)
    return (
      <span class="bad">
        <Icon of="warn" />
      </span>
    );
  const verified = alerts !== undefined && proof === 'proven';
  return (
    <span class={verified ? 'good' : 'dim'}>
      <Icon of={verified ? 'check' : 'said'} />
    </span>
  );
}

type Loaded = Awaited<ReturnType<typeof load>>;

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
  return {
    name: say('Quota and money add up on every chain', '每条链的配额与资金守恒'),
    proof: 'proven',
    alerts,
  };
}

function auditorsAgree({ audits }: Loaded, chain: Chain, year: number): Rule {
  const all = audits.flatMap(({ attestations }) => attestations);
  const wrong = all.filter(({ verdict }) => verdict === 'disagrees').length;
  return {
    name: say(
      `Auditors have found the certified blocks (attestations: ${all.length})`,
      `审计声明与认证区块一致（声明：${all.length} 条）`,
    ),
    proof: 'proven',
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

function chainsAgree({ agreement, market }: Loaded, chain: Chain): Rule {
  const alerts: Alert[] = [];
  if (agreement?.registered === true) {
    const { anchored, lag, reportAgrees } = agreement;
    if (anchored !== null && !(anchored.hash && anchored.state && anchored.totals))
      alerts.push({
        grave: true,
        proof: 'proven',
        text: say(
          `The checkpoint of block ${count(anchored.height)} is of another block than ${chain.name} has.`,
          `区块 ${count(anchored.height)} 的检查点与 ${chain.name} 不符。`,
        ),
      });
    if (reportAgrees === false)
      alerts.push({
        grave: true,
        proof: 'proven',
        text: say('The report of the period differs between the chains.', '两链的履约期报告不一致。'),
      });
    const due = BigInt(market?.rules?.parameters?.anchorInterval ?? 0);
    if (due > 0n && lag > due * anchorLag)
      alerts.push({
        grave: false,
        proof: 'proven',
        text: say(
          `The last checkpoint is ${count(lag)} blocks old; one is due every ${count(due)}.`,
          `最近检查点已是 ${count(lag)} 个区块之前；应每 ${count(due)} 个区块一次。`,
        ),
      });
  }
  return {
    name: say('Checkpoints and reports are the same on both chains', '检查点与报告两链一致'),
    proof: 'proven',
    alerts,
  };
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
  return [
    {
      name: say('Every price follows from its inputs', '每次定价均可由输入推出'),
      proof: 'proven',
      alerts: prices,
    },
    {
      name: say('Supply, ceiling, pauses, inventory', '供给、上限、暂停、库存'),
      proof: 'proven',
      alerts: state,
    },
  ];
}

function peopleRules(people: People | undefined, chain: Chain): Rule[] {
  const names = [
    say('The sums over all people are the certified ones', '全体合计与认证总量一致'),
    say('Readings: none missing, none far above the others', '读数：无缺失，无异常偏高'),
  ] as const;
  if (people === undefined)
    return names.map((name) => ({ name, proof: 'proven' as const, alerts: undefined }));
  const sums = sumsOf(people)?.filter(({ people: mine, certified }) => mine !== certified);
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
    const address = toAddress(account);
    readings.push({
      grave: false,
      proof: 'proven',
      text: (
        <>
          <a href={href('account', chain.name, address)}>
            <code>{shortened(address, 9, 4)}</code>
          </a>{' '}
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
      alerts: sums?.map(({ name, people: mine, certified }) => ({
        grave: true,
        proof: 'proven',
        text: `${sumName(name)}: ${mass(mine)} \u2260 ${mass(certified)}`,
      })),
    },
    { name: names[1], proof: 'proven', alerts: readings },
  ];
}

function tradeRule({ trades }: Gathered, chain: Chain): Rule {
  const name = say('Nobody dominates a side of the market', '没有人主导市场一侧');
  if (trades?.complete !== true) return { name, proof: 'proven', alerts: undefined };
  const alerts = (['seller', 'buyer'] as const).flatMap((side) => dominant(trades.of, side, chain));
  return { name, proof: 'proven', alerts };
}

function dominant(trades: Trade[], side: 'seller' | 'buyer', chain: Chain): Alert[] {
  const sums = new Map<string, bigint>();
  for (const trade of trades) {
    const id = trade[side];
    if (id !== '' && trade.way !== 'gift' && !chain.parties.has(id))
      sums.set(id, (sums.get(id) ?? 0n) + trade.grams);
  }
  const whole = [...sums.values()].reduce((a, b) => a + b, 0n);
  if (sums.size < 4 || whole === 0n) return [];
  return [...sums].flatMap(([id, grams]): Alert[] => {
    const part = Number(grams) / Number(whole);
    if (part < dominates) return [];
    const words = side === 'seller' ? say('sold', '售出') : say('bought', '购入');
    const address = toAddress(fromHex(id, 32));
    return [
      {
        grave: false,
        proof: 'proven',
        text: (
          <>
            <a href={href('account', chain.name, address)}>
              <code>{shortened(address, 9, 4)}</code>
            </a>{' '}
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

function procedures(said: Said): Rule {
  const alerts: Alert[] = [];
  const note = (n: number, english: string, chinese: string) =>
    n > 0 &&
    alerts.push({
      grave: false,
      proof: 'said',
      text: say(`${count(n)} ${english}`, `${count(n)} ${chinese}`),
    });
  note(said.disputes, 'disputes wait for an answer.', '项异议待答复。');
  note(said.corrections, 'corrections wait for approval.', '项更正待批准。');
  note(said.clawbacks, 'claw-backs wait for approval.', '项追回待批准。');
  return {
    name: say('Disputes, corrections, claw-backs that wait', '待处理的异议、更正与追回'),
    proof: 'said',
    alerts,
  };
}

function nodes(said: Said): Rule {
  const alerts: Alert[] = [
    ...said.evidence.map(
      ({ chain, count: n }): Alert => ({
        grave: true,
        proof: 'said',
        text: say(
          `${chain}: ${count(n)} pieces of evidence that a validator contradicted itself.`,
          `${chain}：${count(n)} 条验证者自相矛盾的证据。`,
        ),
      }),
    ),
    ...said.stalled.map(
      ({ chain, text }): Alert => ({
        grave: true,
        proof: 'said',
        text: (
          <>
            {chain}: <span lang="en">{text}</span>
          </>
        ),
      }),
    ),
  ];
  return {
    name: say('Validators keep to the protocol, and blocks come', '验证者遵守协议，区块正常产生'),
    proof: 'said',
    alerts: said.open || alerts.length > 0 ? alerts : undefined,
    closed: say(
      ': not looked at, this node tells that to its operators alone',
      '：未检查，该节点仅向运营者提供此信息',
    ),
  };
}
