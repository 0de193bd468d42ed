// Anybody's statement or certificate, chosen or dropped here, proven in this browser: no node is asked, and the network may
// be unplugged. What is trusted are genesis documents: those of this node's chains, and others that are dropped as well.
import { type Genesis, isPcqError, toHex } from 'pcq-client';
import { useState } from 'preact/hooks';

import { type Chain } from '../core/chain.js';
import { asGenesis, proveFile, type ProofFile, textOf } from '../core/proof_file.js';
import { say } from '../text/say.js';
import { FileField } from '../ui/file_field.js';
import { Icon } from '../ui/icons.js';
import { Card, Id, Why } from '../ui/parts.js';
import { codeStart, Sheet } from '../ui/sheet.js';

interface Content {
  name: string;
  bytes?: Uint8Array;
  error?: unknown;
}
interface Checked {
  name: string;
  proof?: ProofFile;
  error?: unknown;
}

const bytesMax = 8 * 1024 * 1024;
const filesMax = 20;

export function CheckView({ chains }: { chains: Chain[] }) {
  return (
    <>
      <h1>{say('Check a file', '核验文件')}</h1>
      <p class="lead">
        {say(
          'A statement or a certificate of surrender proves itself. It is checked here, in your browser, and goes nowhere.',
          '对账单与清缴证书可自证。核验在您的浏览器中进行，文件不会发送到任何地方。',
        )}
      </p>
      <CheckFiles chains={chains} />
    </>
  );
}

export function CheckFiles({ chains }: { chains: Chain[] }) {
  const [given, setGiven] = useState<Genesis[]>([]);
  const [checked, setChecked] = useState<Checked[]>([]);
  const [over, setOver] = useState(false);

  const take = async (files: File[]) => {
    show(await Promise.all(files.slice(0, filesMax).map(contentOf)));
  };
  const show = (contents: Content[]) => {
    const documents = contents.flatMap(({ bytes }) => {
      const genesis = bytes === undefined ? undefined : asGenesis(bytes);
      return genesis === undefined ? [] : [genesis];
    });
    const all = [...given, ...documents.filter((one) => !given.some((known) => isSame(known, one)))];
    setGiven(all);
    const known = [...chains.map(({ genesis }) => genesis), ...all];
    setChecked(
      contents
        .filter(({ bytes }) => bytes === undefined || asGenesis(bytes) === undefined)
        .map(({ name, bytes, error }) => {
          if (bytes === undefined) return { name, error };
          try {
            if (textOf(bytes).startsWith(codeStart)) throw new Error(codeAlone());
            return { name, proof: proveFile(known, bytes) };
          } catch (failed) {
            return { name, error: failed };
          }
        }),
    );
  };
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    void take([...(event.dataTransfer?.files ?? [])]);
  };
  return (
    <>
      <Card title={say('Check a statement', '核验对账单')} class="no-print">
        <div
          class={`drop ${over ? 'over' : ''}`}
          onDragOver={(event) => {
            event.preventDefault();
            setOver(true);
          }}
          onDragLeave={() => setOver(false)}
          onDrop={drop}
        >
          <FileField
            id="check-file"
            label={say('Proof file (.json)', '证明文件（.json）')}
            accept=".json"
            multiple
            take={(files) => void take(files)}
          />
          <p class="dim">
            {say(
              'Choose files, or drop them here. Of a chain that this node does not have, give its genesis document as well.',
              '选择文件，或拖放到此处。若为本节点没有的链，请同时提供其创世文件。',
            )}
          </p>
        </div>
        <Paste
          take={(text) =>
            show([{ name: say('what was pasted', '粘贴的文本'), bytes: new TextEncoder().encode(text) }])
          }
        />
        {given.map((genesis) => (
          <p key={toHex(genesis.chain)} class="notice">
            <Icon of="pin" />{' '}
            {say(
              `Genesis document of "${genesis.fields.name}" that you gave; compare its hash with one from elsewhere: `,
              `您提供的“${genesis.fields.name}”创世文件；请与其他来源的哈希比对：`,
            )}
            <Id text={toHex(genesis.chain)} head={16} tail={8} />
          </p>
        ))}
      </Card>
      {checked.map(({ name, proof, error }, i) => (
        <section key={`${i} ${name}`} class="checked">
          {proof === undefined ? (
            <Refused name={name} error={error} />
          ) : (
            <>
              <p class="notice good no-print" role="status">
                <Icon of="check" /> <b>{name}</b>{' '}
                {say('The file proves the following.', '该文件证明以下内容。')}
              </p>
              <Sheet of={proof} />
            </>
          )}
        </section>
      ))}
    </>
  );
}

// What a scanner has read from a code, or a message that somebody sent.
function Paste({ take }: { take: (text: string) => void }) {
  const [text, setText] = useState('');
  return (
    <details>
      <summary>{say('Or paste its text, as a scanner reads it from a code', '或粘贴扫码得到的文本')}</summary>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          take(text);
        }}
      >
        <label for="check-text">{say('Text of the file', '文件文本')}</label>
        <textarea
          id="check-text"
          rows={4}
          maxLength={bytesMax}
          spellcheck={false}
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
        />
        <div class="actions">
          <button type="submit" disabled={text.trim() === ''}>
            {say('Check it', '核验')}
          </button>
        </div>
      </form>
    </details>
  );
}

// What the code on a printed statement holds.
function codeAlone(): string {
  return say(
    'This is the code of a printed statement. It names the proof file and does not hold it: give the file.',
    '这是打印对账单上的二维码内容，只指明证明文件，并不包含该文件：请提供文件。',
  );
}

function isSame(a: Genesis, b: Genesis): boolean {
  return toHex(a.chain) === toHex(b.chain);
}

async function contentOf(file: File): Promise<Content> {
  const { name } = file;
  if (file.size > bytesMax)
    return { name, error: new Error(say('It has more than 8 MiB.', '文件超过 8 MiB。')) };
  try {
    return { name, bytes: new Uint8Array(await file.arrayBuffer()) };
  } catch (error) {
    return { name, error };
  }
}

// Why it is not believed, in words for whoever was handed the file.
function Refused({ name, error }: { name: string; error: unknown }) {
  const why = isPcqError(error, 'bad_proof')
    ? say('Something in it was changed, added or left out.', '其中有内容被篡改、增添或遗漏。')
    : isPcqError(error, 'bad_certificate', 'bad_header')
      ? say(
          'No quorum of this chain\u2019s validators has signed its block.',
          '其区块未经该链法定数量验证者签名。',
        )
      : isPcqError(error, 'conservation_violated')
        ? say('Its figures are not what the rules give.', '其数字与规则计算结果不符。')
        : isPcqError(error, 'validators_unknown')
          ? say('It is of a chain that is not known here.', '它属于此处未知的链。')
          : isPcqError(error, 'not_found')
            ? say('It proves that there is no such thing.', '它证明相关记录并不存在。')
            : say('It is no statement or certificate of PCQ.', '这不是 PCQ 对账单或证书。');
  return (
    <div class="problem lie refused" role="alert">
      <Icon of="warn" />
      <div>
        <strong>{say(`"${name}" is not proven`, `“${name}”未获证明`)}</strong>
        <p>{why}</p>
        <Why error={error} />
      </div>
    </div>
  );
}
