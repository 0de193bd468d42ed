// The statement for a period, with every movement, to be printed and kept with its proof.
import { movementsByBlock } from 'pcq-client';
import { useState } from 'preact/hooks';

import { makeStatement, timesOf } from '../../core/proof_file.js';
import { useLoaded } from '../../core/proven.js';
import { useStore } from '../../core/store.js';
import { count } from '../../text/format.js';
import { say } from '../../text/say.js';
import { Icon } from '../../ui/icons.js';
import { download, Shown, Why } from '../../ui/parts.js';
import { Code, Sheet } from '../../ui/sheet.js';
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
              <div class="notice no-print">
                {say('This node cannot list every movement:', '该节点无法列出全部变动：')}
                <Why error={made.without} />
              </div>
            )}
            <Sheet of={made} times={times} file={name('statement')} />
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
              <Certificate {...{ chain, account, address, year }} name={name('surrender')} />
            )}
          </>
        );
      }}
    </Shown>
  );
}

const codeBytesMax = 2_900; // what the largest code holds

// The settlement alone, as a file and, where it fits, as a code that is the whole file.
function Certificate({ chain, account, year, name }: WalletProps & { name: string }) {
  const [text, setText] = useState<string | undefined>(undefined);
  return (
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
      {text === undefined ? (
        <Doing
          label={say('Make the certificate', '生成证书')}
          run={async () => setText((await chain.client.certificate(account, year)).trim())}
        >
          {null}
        </Doing>
      ) : (
        <>
          {text.length <= codeBytesMax ? (
            <>
              <Code whole text={text} label={say('QR code: the whole certificate', '二维码：完整证书')} />
              <p class="dim">
                {say(
                  'This code is the whole certificate: whoever scans it pastes the text where files are checked.',
                  '此二维码即完整证书：扫描后将文本粘贴到核验页面即可。',
                )}
              </p>
            </>
          ) : (
            <p class="dim">{say('It is too long for a code.', '内容过长，无法放入二维码。')}</p>
          )}
          <div class="actions">
            <button type="button" onClick={() => download(name, text)}>
              <Icon of="down" /> {say('Save the certificate', '保存证书')}
            </button>
          </div>
        </>
      )}
    </section>
  );
}
