// What this account did, and what happened to it.
import { useEffect, useRef, useState } from 'preact/hooks';

import { type Entry, lookThrough, type Progress, sentFrom } from '../../core/history.js';
import { useLoaded } from '../../core/proven.js';
import { href } from '../../core/route.js';
import { count, time } from '../../text/format.js';
import { actionName } from '../../text/names.js';
import { say } from '../../text/say.js';
import { Card, Empty, Problem, Waiting } from '../../ui/parts.js';
import { Asked, Happened, Outcome } from '../../ui/words.js';
import type { WalletProps } from '../wallet.js';

export function HistoryView({ chain, address, account }: WalletProps) {
  const sent = useLoaded(chain, `sent ${chain.id} ${address}`, () => sentFrom(chain, address));
  const [found, setFound] = useState<Entry[]>([]);
  const [progress, setProgress] = useState<Progress | undefined>(undefined);
  const [error, setError] = useState<unknown>(undefined);
  const search = useRef<AbortController | undefined>(undefined);
  const [searching, setSearching] = useState(false);
  useEffect(() => () => search.current?.abort(), []);

  const start = async () => {
    const top = chain.live.now.value.headers[0];
    if (top === undefined) return;
    search.current = new AbortController();
    setSearching(true);
    setFound([]);
    setError(undefined);
    try {
      await lookThrough(
        chain,
        account,
        top,
        (entries, now) => {
          setProgress(now);
          if (entries.length > 0) setFound((before) => [...before, ...entries]);
        },
        search.current.signal,
      );
    } catch (failed) {
      setError(failed);
    }
    setSearching(false);
  };

  const all = new Map<string, Entry>();
  for (const entry of [...(sent.value ?? []), ...found])
    all.set(entry.key, { ...all.get(entry.key), ...entry });
  const entries = [...all.values()].sort((a, b) => Number(b.height - a.height));
  return (
    <Card
      title={say('History', '历史')}
      proof="proven"
      aside={
        searching ? (
          <button type="button" class="plain" onClick={() => search.current?.abort()}>
            {say('Stop', '停止')}
          </button>
        ) : (
          <button type="button" class="plain" onClick={() => void start()}>
            {say('Look through the chain', '检索全链')}
          </button>
        )
      }
    >
      {progress !== undefined && (
        <p class="dim" role="status">
          {searching ? (
            <Waiting
              what={say(`Verifying block ${count(progress.from)}…`, `正在验证区块 ${count(progress.from)}…`)}
            />
          ) : (
            say(
              `Looked through down to block ${count(progress.from)}.`,
              `已检索至区块 ${count(progress.from)}。`,
            )
          )}
          {progress.skipped > 0 &&
            say(
              ` ${progress.skipped} very large blocks were left out.`,
              ` 略过 ${progress.skipped} 个超大区块。`,
            )}
        </p>
      )}
      {error !== undefined && <Problem error={error} />}
      {sent.error !== undefined && <Problem error={sent.error} again={sent.reload} />}
      {sent.value === undefined && sent.error === undefined ? (
        <Waiting />
      ) : entries.length === 0 && sent.error !== undefined ? null : entries.length === 0 ? (
        <Empty>
          {say(
            'This browser has sent nothing for the account. What came from elsewhere is found by looking through the chain.',
            '本浏览器尚未为该账户发送交易。其他记录可通过检索全链找到。',
          )}
        </Empty>
      ) : (
        <ol class="timeline">
          {entries.map(({ key, height, timeMs, hash, body, receipt, events }) => (
            <li key={key}>
              <div class="when">
                <a
                  href={hash === undefined ? href('block', chain.name, height) : href('tx', chain.name, hash)}
                >
                  #{count(height)}
                </a>{' '}
                <time class="dim">{time(timeMs)}</time>
              </div>
              <div>
                {body !== undefined && (
                  <p>
                    <b>{actionName(body.action.case)}</b>: <Asked chain={chain} body={body} />{' '}
                    <Outcome receipt={receipt} />
                  </p>
                )}
                {receipt.code !== 0 && (
                  <p class="dim" lang="en">
                    {receipt.text}
                  </p>
                )}
                {events.map((event, i) => (
                  <p key={i}>
                    <Happened chain={chain} event={event} />
                  </p>
                ))}
              </div>
            </li>
          ))}
        </ol>
      )}
    </Card>
  );
}
