// The statement for a period, with every movement, to be printed and kept with its proof.
import { movementsByBlock } from 'pcq-client';

import { makeStatement, timesOf } from '../../core/proof_file.js';
import { useLoaded } from '../../core/proven.js';
import { useStore } from '../../core/store.js';
import { count } from '../../text/format.js';
import { say } from '../../text/say.js';
import { Icon } from '../../ui/icons.js';
import { download, Shown } from '../../ui/parts.js';
import { Sheet } from '../../ui/sheet.js';
import type { WalletProps } from '../wallet.js';
import { Doing } from './key.js';

export function StatementView({ chain, address, account, year }: WalletProps) {
  // A statement is of one block: it stays until another one is asked for.
  const loaded = useLoaded(
    chain,
    `statement ${chain.id} ${address} ${year}`,
    async () => {
      const made = await makeStatement(chain, account, year);
      const heights = movementsByBlock(made.statement).map(({ height }) => height);
      return { made, times: await timesOf(chain, heights).catch(() => undefined) };
    },
    { once: true },
  );
  const { headers } = useStore(chain.live.now);
  return (
    <Shown of={loaded}>
      {({ made, times }) => {
        const { header, settlement } = made.statement;
        const name = (kind: string) => `pcq-${kind}-${year}-${address.slice(-6)}.json`;
        const newest = headers[0]?.height ?? 0n;
        return (
          <>
            {made.without !== undefined && (
              <p class="notice no-print">
                {say('This node cannot list every movement: ', '该节点无法列出全部变动：')}
                {(made.without as Error).message}
              </p>
            )}
            <Sheet of={made} times={times} />
            <div class="actions no-print">
              <button type="button" onClick={() => print()}>
                {say('Print', '打印')}
              </button>
              <button type="button" class="plain" onClick={() => download(name('statement'), made.text)}>
                <Icon of="down" /> {say('Save the proof', '保存证明文件')}
              </button>
              {newest > header.height && (
                <button type="button" class="plain" onClick={loaded.reload}>
                  {say(`Make it anew, after block ${count(newest)}`, `按区块 ${count(newest)} 重新生成`)}
                </button>
              )}
            </div>
            {settlement !== null && (
              <section class="card no-print">
                <header>
                  <h2>{say('For others', '供他人查验')}</h2>
                </header>
                <p class="dim">
                  {say(
                    'A certificate of surrender proves the settlement alone: what was due and what was given up. It shows no money and no months.',
                    '清缴证书仅证明结算：应清缴与已清缴的数量，不显示资金与各月排放。',
                  )}
                </p>
                <Doing
                  label={
                    <>
                      <Icon of="down" /> {say('Save the certificate', '保存证书')}
                    </>
                  }
                  run={async () => download(name('surrender'), await chain.client.certificate(account, year))}
                >
                  {null}
                </Doing>
              </section>
            )}
          </>
        );
      }}
    </Shown>
  );
}
