// Until the chain knows the key: the request that goes to whoever registers people.
import { accountRequest, fromHex, Role, sha256, toAddress, toHex } from 'pcq-client';
import { useState } from 'preact/hooks';

import { openKey } from '../../core/keys.js';
import { useStore } from '../../core/store.js';
import { say } from '../../text/say.js';
import { FileField } from '../../ui/file_field.js';
import { Icon } from '../../ui/icons.js';
import { Card, download, Facts, Id } from '../../ui/parts.js';
import type { WalletProps } from '../wallet.js';
import { Doing, UnlockButton } from './key.js';

interface Made {
  request: string;
  receipt: string; // what its owner keeps: salt and what was committed to
  commitment: string;
}

export function RegisterView({ chain, address }: WalletProps) {
  const key = useStore(openKey);
  const [text, setText] = useState('');
  const [file, setFile] = useState<File | undefined>(undefined);
  const [made, setMade] = useState<Made | undefined>(undefined);
  const platform = chain.accountWith(Role.PLATFORM) ?? chain.accountWith(Role.GOVERNMENT);

  const make = async () => {
    const content =
      file === undefined ? new TextEncoder().encode(text) : new Uint8Array(await file.arrayBuffer());
    if (content.length === 0)
      throw new Error(say('Give the text or the file first.', '请先填写文字或选择文件。'));
    const salt = crypto.getRandomValues(new Uint8Array(32));
    const commitment = sha256(salt, content);
    const request = await accountRequest(chain.genesis.chain, fromHex(platform!, 32), key!, commitment);
    const receipt = {
      account: address,
      salt: toHex(salt),
      commitment: toHex(commitment),
      of: file?.name ?? text,
    };
    setMade({
      request,
      receipt: `${JSON.stringify(receipt, undefined, 1)}\n`,
      commitment: toHex(commitment),
    });
  };

  return (
    <Card title={say('Ask for an account', '申请账户')} proof="proven">
      <p>
        {say(
          'The chain does not know your key yet. Make a request here and give it to the registrar, with your identity papers; the chain itself learns only a salted hash of them.',
          '链上尚无您的密钥。请在此生成申请，连同身份材料交给登记机构；链上只记录其加盐哈希。',
        )}
      </p>
      {key === undefined ? (
        <UnlockButton />
      ) : platform === undefined ? (
        <p>{say('This chain names no registrar.', '该链未指定登记机构。')}</p>
      ) : made === undefined ? (
        <Doing run={make} label={say('Make the request', '生成申请')}>
          <label for="identity">
            {say(
              'What the registrar knows you by, for example the number of your identity card',
              '登记机构识别您的信息，例如身份证号',
            )}
          </label>
          <input
            id="identity"
            value={text}
            autocomplete="off"
            onInput={(event) => setText(event.currentTarget.value)}
          />
          <FileField
            id="identity-file"
            label={say('or a file with your papers', '或身份材料文件')}
            take={([first]) => setFile(first)}
          />
          <p class="dim">
            {say('Neither leaves this browser; only the hash does.', '两者都不会离开本浏览器，只提交哈希。')}
          </p>
        </Doing>
      ) : (
        <>
          <Facts
            rows={[
              [
                say('Registrar', '登记机构'),
                <Id text={toAddress(fromHex(platform, 32))} head={14} tail={8} />,
              ],
              [say('Commitment', '承诺'), <Id text={made.commitment} />],
            ]}
          />
          <label for="request">
            {say('The request: one line for the registrar', '申请：提交给登记机构的一行文本')}
          </label>
          <textarea id="request" rows={5} readOnly value={made.request} />
          <div class="actions">
            <button type="button" onClick={() => download('pcq-request.jsonl', `${made.request}\n`)}>
              <Icon of="down" /> {say('Save the request', '保存申请')}
            </button>
            <button
              type="button"
              class="plain"
              onClick={() => download('pcq-identity-receipt.json', made.receipt)}
            >
              <Icon of="down" /> {say('Save the salt, for yourself', '保存盐值（自留）')}
            </button>
          </div>
          <p class="dim">
            {say('This page notices by itself when you are registered.', '登记完成后本页面会自动更新。')}
          </p>
        </>
      )}
    </Card>
  );
}
