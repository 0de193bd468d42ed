// What views are made of. A card says of all in it whether this browser has verified it; what is not, carries its own mark.
import { type ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';

import { isPcqError } from 'pcq-client';
import { isBehind } from '../core/live.js';
import { useStore } from '../core/store.js';
import { say } from '../text/say.js';
import { count, shortened } from '../text/format.js';
import { reasonText } from '../text/reasons.js';
import { Icon } from './icons.js';

/** proven: a record, block or sum of them, verified here. said: the node's word. own: an estimate of this page. */
export type Proof = 'proven' | 'said' | 'own';

function markWords(of: Proof, isOld: boolean): string {
  if (of === 'proven' && isOld)
    return say(
      'verified in this browser; whether it is still so is not known: the node is silent',
      '已在本浏览器验证；节点无应答，现在是否仍然如此未知',
    );
  if (of === 'proven') return say('verified in this browser', '已在本浏览器验证');
  if (of === 'said') return say("the node's word, not proven", '仅为节点所述，未经证明');
  return say('an estimate of this page', '本页面的估算');
}

export function Mark({ of, height }: { of: Proof; height?: bigint | undefined }) {
  const isOld = useStore(isBehind) && of === 'proven';
  const at =
    height === undefined ? '' : say(`, after block ${count(height)}`, `，区块 ${count(height)} 之后`);
  const words = markWords(of, isOld) + at;
  return (
    <span class={`mark ${of} ${isOld ? 'old' : ''}`} title={words}>
      <Icon of={of === 'proven' && !isOld ? 'check' : 'said'} label={words} />
    </span>
  );
}

interface CardProps {
  title: ComponentChildren;
  proof?: Proof | undefined;
  height?: bigint | undefined;
  aside?: ComponentChildren;
  children: ComponentChildren;
  class?: string;
}
export function Card({ title, proof, height, aside, children, class: more = '' }: CardProps) {
  return (
    <section class={`card ${more}`}>
      <header>
        <h2>{title}</h2>
        {proof !== undefined && <Seal of={proof} height={height} />}
        {aside !== undefined && <div class="aside">{aside}</div>}
      </header>
      {children}
    </section>
  );
}

/** The mark with its words: whether what stands below is verified. */
export function Seal({ of, height }: { of: Proof; height?: bigint | undefined }) {
  const isOld = useStore(isBehind) && of === 'proven';
  const words = isOld
    ? say('verified, not of now', '已验证，非当前')
    : of === 'proven'
      ? say('verified', '已验证')
      : of === 'said'
        ? say("node's word", '节点所述')
        : say('estimate', '估算');
  return (
    <span class={`seal ${of} ${isOld ? 'old' : ''}`} title={markWords(of, isOld)}>
      <Icon of={of === 'proven' && !isOld ? 'check' : 'said'} />
      <span>
        {words}
        {height !== undefined && <span class="at"> #{count(height)}</span>}
      </span>
    </span>
  );
}

interface FigureProps {
  label: ComponentChildren;
  proof: Proof;
  children: ComponentChildren;
  hint?: ComponentChildren;
  exact?: string;
  tone?: 'good' | 'bad' | 'plain';
  large?: boolean;
}
/** Why block 0 is believed, which nobody has signed. */
export function firstBlock(): string {
  return say('the first block: it follows from the genesis document', '首个区块：由创世文件得出');
}

/** One figure with its name and its mark. */
export function Figure({ label, proof, children, hint, exact, tone = 'plain', large = false }: FigureProps) {
  return (
    <div class={`figure ${tone} ${large ? 'large' : ''}`}>
      <dt>
        {label} <Mark of={proof} />
      </dt>
      <dd title={exact}>{children}</dd>
      {hint !== undefined && <dd class="hint">{hint}</dd>}
    </div>
  );
}
export function Figures({ children }: { children: ComponentChildren }) {
  return <dl class="figures">{children}</dl>;
}

/** Names and values, line by line. */
export function Facts({ rows }: { rows: ([ComponentChildren, ComponentChildren] | undefined | false)[] }) {
  return (
    <dl class="facts">
      {rows.map(
        (row, i) =>
          row !== undefined &&
          row !== false && (
            <div key={i}>
              <dt>{row[0]}</dt>
              <dd>{row[1]}</dd>
            </div>
          ),
      )}
    </dl>
  );
}

interface TableProps {
  caption: string;
  /** On narrow screens each row stands on lines of its own, every cell beside its head. */
  stacked?: boolean;
  /** wide: left out on narrow screens. */
  head: { text: string; right?: boolean; wide?: boolean }[];
  rows: { key: string; cells: ComponentChildren[]; class?: string }[];
  empty?: string;
}
// The roles are what these elements have anyway, until a style shows them as something else than a table.
export function Table({ caption, head, rows, empty, stacked = false }: TableProps) {
  if (rows.length === 0) return <Empty>{empty ?? say('Nothing yet', '暂无内容')}</Empty>;
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label={caption}>
      <table role="table" class={stacked ? 'stacked' : ''}>
        <caption class="unseen">{caption}</caption>
        <thead role="rowgroup">
          <tr role="row">
            {head.map(({ text, right, wide }, i) => (
              <th
                key={i}
                scope="col"
                role="columnheader"
                class={`${right === true ? 'right' : ''} ${wide === true ? 'wide' : ''}`}
              >
                {text}
              </th>
            ))}
          </tr>
        </thead>
        <tbody role="rowgroup">
          {rows.map(({ key, cells, class: more }) => (
            <tr key={key} role="row" class={more ?? ''}>
              {cells.map((cell, i) => (
                <td
                  key={i}
                  role="cell"
                  data-head={head[i]?.text}
                  class={`${head[i]?.right === true ? 'right' : ''} ${head[i]?.wide === true ? 'wide' : ''}`}
                >
                  {cell}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

export function Empty({ children }: { children: ComponentChildren }) {
  return <p class="empty">{children}</p>;
}

export function Waiting({ what }: { what?: string }) {
  return (
    <span class="waiting" role="status">
      <span class="spinner" aria-hidden="true" /> {what ?? say('Reading and verifying…', '正在读取并验证…')}
    </span>
  );
}

/** Whether the node was caught at something. */
export function isLie(error: unknown): boolean {
  return isPcqError(error, 'bad_header', 'bad_certificate', 'bad_proof');
}

/** What went wrong. */
export function Problem({ error, again }: { error: unknown; again?: () => void }) {
  return (
    <div class={`problem ${isLie(error) ? 'lie' : ''}`} role="alert">
      <Icon of="warn" />
      <div>
        <strong>
          {isLie(error)
            ? say('The node showed something that does not hold', '节点给出的内容未通过验证')
            : say('That did not work', '未能完成')}
        </strong>
        <Why error={error} />
        {again !== undefined && (
          <button type="button" class="plain" onClick={again}>
            {say('Try again', '重试')}
          </button>
        )}
      </div>
    </div>
  );
}

/** A refusal by its name in the page's language, and the text that came with it, which is English. */
export function Why({ error }: { error: unknown }) {
  const text = error instanceof Error ? error.message : String(error);
  if (!isPcqError(error)) return <p>{text}</p>;
  return (
    <>
      <p class="reason">
        {reasonText(error.code, error.reason)} <span class="dim">({error.code})</span>
      </p>
      <p class="detail" lang="en">
        {text}
      </p>
    </>
  );
}

/** Whatever was loaded, or why not yet. */
export function Shown<T>({
  of,
  children,
}: {
  of: { value?: T; error?: unknown; reload?: () => void };
  children: (value: T) => ComponentChildren;
}) {
  const isSaid = useStore(isBehind) && !isLie(of.error); // over the view, for all of it
  if (of.value === undefined)
    return of.error === undefined ? (
      <Waiting />
    ) : (
      <Problem error={of.error} {...(of.reload && { again: of.reload })} />
    );
  return (
    <>
      {of.error !== undefined && !isSaid && (
        <Problem error={of.error} {...(of.reload && { again: of.reload })} />
      )}
      {children(of.value)}
    </>
  );
}

/** A long identifier: shortened, whole in its title, to be copied. */
export function Id({
  text,
  link,
  head = 8,
  tail = 6,
}: {
  text: string;
  link?: string;
  head?: number;
  tail?: number;
}) {
  const [done, setDone] = useState(false);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      return; // not allowed, or no clipboard: a page that came without TLS from another machine has none
    }
    setDone(true);
    setTimeout(() => setDone(false), 1_200);
  };
  const short = shortened(text, head, tail);
  return (
    <span class="id">
      {link === undefined ? (
        <code title={text}>{short}</code>
      ) : (
        <a href={link} title={text}>
          <code>{short}</code>
        </a>
      )}
      <button
        type="button"
        class="bare"
        onClick={() => void copy()}
        aria-label={say(`Copy ${short}`, `复制 ${short}`)}
      >
        <Icon of={done ? 'check' : 'copy'} />
      </button>
    </span>
  );
}

/** Without `close` it stays until what is under way has ended. */
export function Dialog({
  title,
  close,
  children,
}: {
  title: string;
  close: (() => void) | undefined;
  children: ComponentChildren;
}) {
  const element = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const opener = document.activeElement as HTMLElement | null;
    const dialog = element.current;
    dialog?.showModal();
    return () => {
      dialog?.close(); // what is behind it takes no focus before
      opener?.focus();
    };
  }, []);
  return (
    <dialog
      ref={element}
      aria-label={title}
      onCancel={(event) => {
        event.preventDefault();
        close?.();
      }}
      onClick={(event) => event.target === element.current && close?.()}
      // What is filled in here is no answer to a form that the dialog was opened from.
      onSubmit={(event) => event.stopPropagation()}
    >
      <header>
        <h2>{title}</h2>
        {close !== undefined && (
          <button type="button" class="bare" onClick={close} aria-label={say('Close', '关闭')}>
            <Icon of="close" />
          </button>
        )}
      </header>
      <div class="content">{children}</div>
    </dialog>
  );
}

interface TabsProps<T extends string> {
  label: string;
  of: { name: T; text: string; link: string }[];
  current: T;
}
/** Parts of a view, as links; the one that is shown is in sight where not all of them fit. */
export function Tabs<T extends string>({ label, of, current }: TabsProps<T>) {
  const nav = useRef<HTMLElement>(null);
  useEffect(() => {
    const here = nav.current?.querySelector<HTMLElement>('[aria-current]');
    if (here != null) nav.current!.scrollLeft = here.offsetLeft + here.offsetWidth - nav.current!.clientWidth;
  }, [current]);
  return (
    <nav ref={nav} class="tabs" aria-label={label}>
      {of.map(({ name, text, link }) => (
        <a key={name} href={link} aria-current={name === current ? 'page' : undefined}>
          {text}
        </a>
      ))}
    </nav>
  );
}

export function download(name: string, content: string, type = 'application/json'): void {
  const address = URL.createObjectURL(new Blob([content], { type }));
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
