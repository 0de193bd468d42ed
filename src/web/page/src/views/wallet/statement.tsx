// The statement for a period, to be printed and kept with its proof; and the check of such a file.
import { toHex } from 'pcq-client';
import { useState } from 'preact/hooks';
import { encode } from 'uqr';

import { type Chain } from '../../core/chain.js';
import { useLoaded } from '../../core/proven.js';
import { checkStatement, makeStatement, type Statement } from '../../core/statement.js';
import { count, exactMass, money, price, share, time } from '../../text/format.js';
import { phaseName } from '../../text/names.js';
import { say } from '../../text/say.js';
import { Icon } from '../../ui/icons.js';
import { Card, download, Facts, Problem, Seal, Shown } from '../../ui/parts.js';
import type { WalletProps } from '../wallet.js';

export function StatementView({ chain, address, year }: WalletProps) {
  const loaded = useLoaded(chain, `statement ${chain.id} ${address} ${year}`, async () => {
    const file = await makeStatement(chain, address, year);
    return { file, statement: checkStatement([chain.genesis], file) };
  });
  return (
    <Shown of={loaded}>
      {({ file, statement }) => (
        <>
          <Sheet statement={statement} />
          <div class="actions no-print">
            <button type="button" onClick={() => print()}>
              {say('Print', '打印')}
            </button>
            <button
              type="button"
              class="plain"
              onClick={() => download(`pcq-statement-${year}-${address.slice(-6)}.json`, file)}
            >
              <Icon of="down" /> {say('Save the proof', '保存证明文件')}
            </button>
          </div>
        </>
      )}
    </Shown>
  );
}

/** The statement as it is printed. */
function Sheet({ statement }: { statement: Statement }) {
  const { records, header, address, year, chain } = statement;
  const { settlement: s, standing: now, holding, period } = records;
  const hash = toHex(header.hash);
  const g = (grams: bigint | undefined) => exactMass(grams ?? 0n);
  return (
    <article class="card sheet">
      <header>
        <h2>
          {say(`Statement for ${year}`, `${year} 年对账单`)} <Seal of="proven" height={header.height} />
        </h2>
      </header>
      <Facts
        rows={[
          [say('Account', '账户'), <code>{address}</code>],
          [
            say('Chain', '链'),
            `${chain}, ${say('after block', '区块')} ${count(header.height)}, ${time(header.fields.timeMs)}`,
          ],
          [
            say('Period', '履约期'),
            period === null
              ? '\u2013'
              : `${year}, ${phaseName(period.phase)}, ${period.monthsAdvanced}/${period.months}`,
          ],
        ]}
      />
      <h3>{say('Quota', '配额')}</h3>
      <Facts
        rows={[
          [say('Issued', '发放'), g(s?.issuedG ?? holding?.issuedG)],
          holding !== null &&
            holding.reason !== '' && [
              say('By the rule', '依据规则'),
              `${holding.rule} v${holding.ruleVersion}: ${holding.reason}`,
            ],
          [say('Sold', '售出'), g(s?.soldG ?? holding?.soldG)],
          [say('Bought', '购入'), g(s?.purchasedG ?? holding?.purchasedG)],
          s !== null && s.bankedBeforeG > 0n && [say('Banked before', '上期结转'), g(s.bankedBeforeG)],
        ]}
      />
      <h3>{say('Emissions', '排放')}</h3>
      <Facts
        rows={[
          [say('Reported', '已报告'), g(s?.emittedG ?? records.emissions?.emittedG)],
          (s?.obligationG ?? records.obligationG) > 0n && [
            say('Owed beside', '另欠'),
            g(s?.obligationG ?? records.obligationG),
          ],
        ]}
      />
      {s === null ? (
        <>
          <h3>{say('Not settled yet', '尚未结算')}</h3>
          {now !== null && (
            <Facts
              rows={[
                [say('Accrued so far', '已累积'), g(now.accrued)],
                now.excess > 0n
                  ? [say('You lack', '缺口'), g(now.excess)]
                  : [say('Surplus', '盈余'), g(now.surplus)],
              ]}
            />
          )}
        </>
      ) : (
        <>
          <h3>{say('Settlement', '结算')}</h3>
          <Facts
            rows={[
              [say('Own quota given up', '自有配额清缴'), g(s.ownSurrenderedG)],
              [
                say('Bought quota given up', '购买配额清缴'),
                `${g(s.purchasedSurrenderedG)} (${say('at most', '至多')} δ = ${share(period?.policy?.offsetRatioPpb ?? 0n)})`,
              ],
              s.borrowedG > 0n && [say('Borrowed from the next period', '向下期借用'), g(s.borrowedG)],
              [
                say('Penalised', '受罚'),
                `${g(s.penalisedG)} @ ${price(period?.policy?.penaltyUyPerKg ?? 0n)}`,
              ],
              [say('Penalty paid', '已付罚款'), money(s.penaltyPaidUy)],
              s.penaltyOwedUy > 0n && [say('Penalty owed', '欠付罚款'), money(s.penaltyOwedUy)],
              [say('Banked', '结转'), g(s.bankedG)],
              [say('Expired', '失效'), g(s.expiredG)],
              [say('Settled', '结算时间'), `${time(s.settledMs)} (#${count(s.height)})`],
            ]}
          />
        </>
      )}
      <Facts rows={[[say('Money on the account', '账户余额'), money(records.cash?.balanceUy ?? 0n)]]} />
      <div class="proof-box">
        <Code
          text={`pcq-statement:${chain}:${address}:${year}:${header.height}:${hash}:${statement.digest}`}
        />
        <div>
          <h3>{say('How to check it', '如何核验')}</h3>
          <p>
            {say(
              'The proof is a file that belongs to this sheet. Any page of PCQ checks it against the chain\u2019s genesis document, without asking a node. The code holds what ties the two together: the account, the block and the file\u2019s SHA-256.',
              '证明文件与本单据配套。任何 PCQ 页面均可依据创世文件核验，无需询问节点。二维码包含账户、区块及文件 SHA-256。',
            )}
          </p>
          <p class="hashes">
            <span class="dim">{say('Block', '区块')}</span> <code>{hash}</code>
            <br />
            <span class="dim">{say('File', '文件')}</span> <code>{statement.digest}</code>
          </p>
        </div>
      </div>
    </article>
  );
}

function Code({ text }: { text: string }) {
  const { data, size } = encode(text, { ecc: 'L', border: 2 });
  let path = '';
  for (const [y, row] of data.entries())
    for (const [x, dark] of row.entries()) if (dark) path += `M${x} ${y}h1v1h-1z`;
  return (
    <svg
      class="code"
      viewBox={`0 0 ${size} ${size}`}
      role="img"
      aria-label={say('QR code: account, block and digest of the proof', '二维码：账户、区块与证明摘要')}
      shape-rendering="crispEdges"
    >
      <rect width={size} height={size} fill="#fff" />
      <path d={path} fill="#000" />
    </svg>
  );
}

/** Takes somebody's statement file and says what it proves. */
export function CheckStatement({ chains }: { chains: Chain[] }) {
  const [checked, setChecked] = useState<Statement | undefined>(undefined);
  const [error, setError] = useState<unknown>(undefined);
  const take = async (input: HTMLInputElement) => {
    setChecked(undefined);
    setError(undefined);
    try {
      const text = await input.files?.[0]?.text();
      if (text !== undefined)
        setChecked(
          checkStatement(
            chains.map(({ genesis }) => genesis),
            text,
          ),
        );
    } catch (failed) {
      setError(failed);
    }
  };
  return (
    <Card title={say('Check a statement', '核验对账单')} class="no-print">
      <p class="dim">
        {say(
          'Of yourself or of somebody else: its proof file is verified here, against the genesis document alone.',
          '本人或他人的证明文件：在此仅依据创世文件验证。',
        )}
      </p>
      <label for="check-file">{say('Proof file (.json)', '证明文件（.json）')}</label>
      <input
        id="check-file"
        type="file"
        accept=".json"
        onChange={(event) => void take(event.currentTarget)}
      />
      {error !== undefined && <Problem error={error} />}
      {checked !== undefined && (
        <>
          <p class="notice good" role="status">
            <Icon of="check" /> {say('The file proves the following.', '该文件证明以下内容。')}
          </p>
          <Sheet statement={checked} />
        </>
      )}
    </Card>
  );
}
