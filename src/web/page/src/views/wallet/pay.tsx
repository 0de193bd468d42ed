// Paying money to somebody.
import { accountFromText, tables, toAddress } from 'pcq-client';
import { useState } from 'preact/hooks';

import { act } from '../../core/act.js';
import { openKey } from '../../core/keys.js';
import { read, useLoaded, want } from '../../core/proven.js';
import { useStore } from '../../core/store.js';
import { wholeMoney } from '../../text/format.js';
import { parseAmount } from '../../text/parse_amount.js';
import { say } from '../../text/say.js';
import { Card, Facts, Shown } from '../../ui/parts.js';
import { Who } from '../../ui/words.js';
import type { WalletProps } from '../wallet.js';
import { Acting } from './acting.js';
import { UnlockButton } from './key.js';

export function PayView(props: WalletProps) {
  const { chain, account, address } = props;
  const cash = useLoaded(chain, `cash ${chain.id} ${address}`, () =>
    read(chain, [want(tables.cash, account)]),
  );
  return (
    <Shown of={cash}>
      {({ header, values: [record] }) => (
        <Card title={say('Pay somebody', '付款')} proof="proven" height={header.height}>
          <PayForm {...props} has={record?.balanceUy ?? 0n} />
        </Card>
      )}
    </Shown>
  );
}

function receiverIn(text: string): Uint8Array | undefined {
  try {
    return accountFromText(text.trim());
  } catch {
    return undefined;
  }
}

function PayForm({ chain, address, has }: WalletProps & { has: bigint }) {
  const key = useStore(openKey);
  const [to, setTo] = useState('');
  const [typed, setTyped] = useState('');
  const [asking, setAsking] = useState(false);
  const receiver = receiverIn(to);
  const isSelf = receiver !== undefined && toAddress(receiver) === address;
  const amount = parseAmount(typed, 6);
  const fits = receiver !== undefined && !isSelf && amount !== undefined && amount > 0n && amount <= has;
  const wrong =
    to !== '' && receiver === undefined
      ? say(
          'This is no address: it begins with pcq1 and has 63 characters.',
          '地址无效：应以 pcq1 开头，共 63 个字符。',
        )
      : isSelf
        ? say(
            'This is your own address: nothing would change. Give the address of who is to have the money.',
            '这是您自己的地址，付款不会有任何变化。请输入收款人的地址。',
          )
        : typed !== '' && amount === undefined
          ? say('Yuan with at most six decimals, for example 12.50', '元，最多六位小数，例如 12.50')
          : amount !== undefined && amount > has
            ? say(`You have ${wholeMoney(has)}.`, `您的余额为 ${wholeMoney(has)}。`)
            : undefined;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (fits) setAsking(true);
      }}
    >
      <label for="pay-to">{say('To the address', '收款地址')}</label>
      <input
        id="pay-to"
        value={to}
        placeholder={'pcq1q\u2026'}
        spellcheck={false}
        autocomplete="off"
        aria-invalid={to !== '' && (receiver === undefined || isSelf)}
        aria-describedby="pay-says"
        onInput={(event) => setTo(event.currentTarget.value)}
      />
      <label for="pay-amount">
        {say(`How much, at most ${wholeMoney(has)}`, `金额，最多 ${wholeMoney(has)}`)}
      </label>
      <div class="unit-field">
        <input
          id="pay-amount"
          inputMode="decimal"
          value={typed}
          aria-invalid={typed !== '' && (amount === undefined || amount > has)}
          aria-describedby="pay-says"
          onInput={(event) => setTyped(event.currentTarget.value)}
        />
        <span aria-hidden="true">¥</span>
      </div>
      <div id="pay-says" aria-live="polite">
        {wrong !== undefined && <p class="bad">{wrong}</p>}
      </div>
      <p class="dim">
        {say(
          'More than a day\u2019s limit goes only to accounts that you have trusted for long enough.',
          '超过每日限额时，仅可付给您已信任足够时间的账户。',
        )}
      </p>
      <div class="actions">
        {key === undefined ? (
          <UnlockButton />
        ) : (
          <button type="submit" disabled={!fits}>
            {say('Pay…', '付款…')}
          </button>
        )}
      </div>
      {asking && (
        <Acting
          title={say(`Pay ${wholeMoney(amount!)}`, `付款 ${wholeMoney(amount!)}`)}
          verb={say('Sign and pay', '签名并付款')}
          steps={[say('Paying', '付款')]}
          chain={chain}
          close={() => setAsking(false)}
          run={(step) =>
            act(chain, [{ case: 'transferCash', value: { to: receiver!, amountUy: amount! } }], step)
          }
        >
          <Facts
            rows={[
              [say('To', '至'), <Who chain={chain} id={receiver!} short={false} />],
              [say('Amount', '金额'), <b>{wholeMoney(amount!)}</b>],
            ]}
          />
          <p class="dim">{say('It cannot be called back.', '付款后无法撤回。')}</p>
        </Acting>
      )}
    </form>
  );
}
