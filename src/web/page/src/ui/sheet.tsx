// A statement or a certificate of surrender as it is printed: all of it from a file that has been proven.
import { movementsByBlock, type SettlementRecord, toAddress, toHex } from 'pcq-client';
import { type ComponentChildren } from 'preact';
import { encode } from 'uqr';

import { type ProofFile } from '../core/proof_file.js';
import { accruedOf } from '../core/standing.js';
import { changeNames } from '../text/field_names.js';
import { count, exactMass, money, price, share, zonedTime } from '../text/format.js';
import { phaseName } from '../text/names.js';
import { say } from '../text/say.js';
import { Icon } from './icons.js';
import { Facts, Seal, Table } from './parts.js';

type Rows = Parameters<typeof Facts>[0]['rows'];

/** What the code on a sheet begins with. */
export const codeStart = 'pcq-statement:';

interface SheetProps {
  of: ProofFile;
  /** Of blocks, where they are known beside the file. */
  times?: Map<bigint, bigint> | undefined;
  /** What the file is called that can be saved with it. */
  file?: string;
}

export function Sheet({ of, times, file }: SheetProps) {
  const { statement, genesis, digest } = of;
  const { header, year, settlement: s, policy: period } = statement;
  const address = toAddress(statement.account);
  const chain = genesis.fields.name;
  const hash = toHex(header.hash);
  return (
    <article class="card sheet">
      <header>
        <h2>
          {year === null
            ? say(`Certificate of surrender for ${statement.period}`, `${statement.period} 年清缴证书`)
            : say(`Statement for ${statement.period}`, `${statement.period} 年对账单`)}{' '}
          <Seal of="proven" height={header.height} />
        </h2>
      </header>
      <Facts
        rows={[
          [say('Account', '账户'), <code>{address}</code>],
          [
            say('Chain', '链'),
            `${chain}, ${say('after block', '区块')} ${count(header.height)}, ${zonedTime(header.fields.timeMs)}`,
          ],
          [
            say('Period', '履约期'),
            `${statement.period}, ${phaseName(period.phase)}, ${period.monthsAdvanced}/${period.months}`,
          ],
        ]}
      />
      {year !== null && <Year of={of} />}
      {s === null ? (
        <p class="dim">{say('Not settled yet.', '尚未结算。')}</p>
      ) : (
        <Part title={say('Settlement', '结算')} rows={settlementRows(of, s)} />
      )}
      {year !== null && (
        <Facts
          rows={[
            [say('Money on the account', '账户余额'), money(year.cash?.balanceUy ?? 0n)],
            (year.cash?.escrowUy ?? 0n) > 0n && [
              say('Money on offer', '挂单资金'),
              money(year.cash!.escrowUy),
            ],
          ]}
        />
      )}
      {statement.movements !== null && <Movements of={of} times={times} />}
      <div class="proof-box">
        <Code
          text={`${codeStart}${chain}:${address}:${statement.period}:${header.height}:${hash}:${digest}`}
        />
        <div>
          <h3>{say('How to check it', '如何核验')}</h3>
          <p>
            {say(
              'The proof is a file that belongs to this sheet, and is not in the code. Any page of PCQ, and the program pcq, check it against the chain\u2019s genesis document, without asking a node. The code holds what ties the two together: the account, the block and the file\u2019s SHA-256.',
              '证明是与本单据配套的文件，并不在二维码中。任何 PCQ 页面及 pcq 程序均可依据创世文件核验，无需询问节点。二维码包含账户、区块及文件 SHA-256。',
            )}
          </p>
          {file !== undefined && (
            <p>
              {say(
                'The file is saved with \u201cSave the proof\u201d beside this sheet, as',
                '该文件由本页“保存证明文件”保存，名为',
              )}{' '}
              <code>{file}</code>
              {say('. Keep the two together.', '。请一并保存。')}
            </p>
          )}
          <p class="hashes">
            <span class="dim">{say('Block', '区块')}</span> <code>{hash}</code>
            <br />
            <span class="dim">{say('File', '文件')}</span> <code>{digest}</code>
          </p>
        </div>
      </div>
    </article>
  );
}

function Part({ title, rows }: { title: ComponentChildren; rows: Rows }) {
  return (
    <>
      <h3>{title}</h3>
      <Facts rows={rows} />
    </>
  );
}

function Year({ of: { statement } }: { of: ProofFile }) {
  const { holding, emissions, held } = statement.year!;
  const g = (grams: bigint | undefined) => exactMass(grams ?? 0n);
  return (
    <>
      <Part
        title={say('Quota', '配额')}
        rows={[
          [say('Issued', '发放'), g(holding?.issuedG)],
          holding !== null &&
            holding.reason !== '' && [
              say('By the rule', '依据规则'),
              `${holding.rule} v${holding.ruleVersion}: ${holding.reason}`,
            ],
          statement.settlement === null &&
            holding !== null && [say('Accrued so far', '已累积'), g(accruedOf(holding, statement.policy))],
          [say('Sold', '售出'), g(holding?.soldG)],
          [say('Bought', '购入'), g(holding?.purchasedG)],
          (holding?.escrowG ?? 0n) > 0n && [say('On offer', '挂单中'), g(holding?.escrowG)],
          [say('Held', '持有'), g(held)],
        ]}
      />
      <Part
        title={say('Emissions', '排放')}
        rows={[
          ...(emissions?.months ?? []).map((month): Rows[number] => [
            say(`Month ${month.month}`, `${month.month} 月`),
            `${g(month.grams)}${month.corrected ? say(', corrected', '，已更正') : ''}`,
          ]),
          [<b>{say('Reported', '已报告')}</b>, <b>{g(emissions?.emittedG)}</b>],
        ]}
      />
    </>
  );
}

function settlementRows({ statement: { policy: period } }: ProofFile, s: SettlementRecord): Rows {
  const g = exactMass;
  return [
    [say('Emitted', '排放'), g(s.emittedG)],
    s.obligationG > 0n && [say('Owed beside', '另欠'), g(s.obligationG)],
    s.bankedBeforeG > 0n && [say('Banked before', '上期结转'), g(s.bankedBeforeG)],
    [say('Own quota given up', '自有配额清缴'), g(s.ownSurrenderedG)],
    [
      say('Bought quota given up', '购买配额清缴'),
      `${g(s.purchasedSurrenderedG)} (${say('at most', '至多')} δ = ${share(period.policy?.offsetRatioPpb ?? 0n)})`,
    ],
    s.borrowedG > 0n && [say('Borrowed from the next period', '向下期借用'), g(s.borrowedG)],
    [say('Penalised', '受罚'), `${g(s.penalisedG)} @ ${price(period.policy?.penaltyUyPerKg ?? 0n)}`],
    [say('Penalty paid', '已付罚款'), money(s.penaltyPaidUy)],
    s.penaltyOwedUy > 0n && [say('Penalty owed', '欠付罚款'), money(s.penaltyOwedUy)],
    [say('Banked', '结转'), g(s.bankedG)],
    [say('Lapsed, with what was banked before', '失效，含上期结转'), g(s.expiredG)],
    [say('Settled', '结算时间'), `${zonedTime(s.settledMs)} (#${count(s.height)})`],
  ];
}

function Movements({ of: { statement }, times }: { of: ProofFile; times: Map<bigint, bigint> | undefined }) {
  const movements = movementsByBlock(statement);
  const all = statement.movements!.holding.length + statement.movements!.cash.length;
  const words = (changes: { what: string; by: bigint }[]) => (
    <>
      {changes.map(({ what, by }) => {
        const amount = what.endsWith('Uy') ? money(by) : exactMass(by);
        return (
          <div key={what}>
            {changeName(what)} {by > 0n ? '+' : ''}
            {amount}
          </div>
        );
      })}
    </>
  );
  return (
    <>
      <h3>{say('How it came about', '变动明细')}</h3>
      <Table
        caption={say('Movements', '变动明细')}
        empty={say('Nothing has ever moved.', '没有任何变动。')}
        head={[
          { text: say('Block', '区块') },
          ...(times === undefined ? [] : [{ text: say('When', '时间') }]),
          { text: say('Quota of the period', '本期配额') },
          { text: say('Money', '资金') },
        ]}
        rows={movements.map(({ height, holding, cash }) => {
          const at = times?.get(height);
          return {
            key: String(height),
            cells: [
              count(height),
              ...(times === undefined ? [] : [at === undefined ? '\u2013' : <time>{zonedTime(at)}</time>]),
              words(holding),
              words(cash),
            ],
          };
        })}
      />
      <p class="notice good complete">
        <Icon of="check" />{' '}
        {say(
          `Complete: all ${count(all)} movements, ${count(statement.movements!.holding.length)} of the period\u2019s quota and ${count(statement.movements!.cash.length)} of the money. Their running hash is in the proven records: with one left out, added or changed it would not come out.`,
          `完整：全部 ${count(all)} 次变动，其中本期配额 ${count(statement.movements!.holding.length)} 次、资金 ${count(statement.movements!.cash.length)} 次。已证明的记录中含有其连续哈希，遗漏、增添或篡改任何一次都会对不上。`,
        )}
      </p>
    </>
  );
}

function changeName(what: string): string {
  const found = changeNames[what];
  return found === undefined ? what : say(...found);
}

export function Code({ text, label, whole = false }: { text: string; label?: string; whole?: boolean }) {
  const { data, size } = encode(text, { ecc: 'L', border: 2 });
  let path = '';
  for (const [y, row] of data.entries())
    for (const [x, dark] of row.entries()) if (dark) path += `M${x} ${y}h1v1h-1z`;
  return (
    <svg
      class={whole ? 'code whole' : 'code'}
      viewBox={`0 0 ${size} ${size}`}
      role="img"
      aria-label={
        label ?? say('QR code: account, block and digest of the proof', '二维码：账户、区块与证明摘要')
      }
      shape-rendering="crispEdges"
    >
      <rect width={size} height={size} fill="#fff" />
      <path d={path} fill="#000" />
    </svg>
  );
}
