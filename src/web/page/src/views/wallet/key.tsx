// Making, importing, opening, saving and removing the key.
import { isPcqError, KeyType } from 'pcq-client';
import { type ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';

import { adopt, create, type KeptKey, noteSaved, passphraseMin, rewrap, unlock } from '../../core/keys.js';
import { say } from '../../text/say.js';
import { FileField } from '../../ui/file_field.js';
import { Icon } from '../../ui/icons.js';
import { Card, Dialog, download, Facts, Id, Problem, Waiting } from '../../ui/parts.js';

/** A form that does one thing that takes time, and says what went wrong. */
export function Doing({
  run,
  children,
  label,
  disabled = false,
}: {
  run: () => Promise<void>;
  children: ComponentChildren;
  label: ComponentChildren;
  disabled?: boolean;
}) {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(undefined);
  const submit = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    setError(undefined);
    try {
      await run();
    } catch (failed) {
      setError(wordsFor(failed));
    } finally {
      setBusy(false);
    }
  };
  return (
    <form onSubmit={(event) => void submit(event)}>
      {children}
      {error !== undefined && <Problem error={error} />}
      <div class="actions">
        <button type="submit" disabled={busy || disabled}>
          {busy ? <Waiting what={say('One moment…', '请稍候…')} /> : label}
        </button>
      </div>
    </form>
  );
}

function wordsFor(error: unknown): unknown {
  if (isPcqError(error, 'wrong_passphrase'))
    return new Error(say('This passphrase does not open the key.', '口令不正确，无法打开密钥。'));
  if (isPcqError(error, 'bad_key_file'))
    return new Error(say('This is no key file of PCQ.', '这不是 PCQ 密钥文件。'));
  return error;
}

interface PassphraseProps {
  id: string;
  label: string;
  value: string;
  set: (value: string) => void;
  fresh?: boolean;
}
export function Passphrase({ id, label, value, set, fresh = false }: PassphraseProps) {
  return (
    <>
      <label for={id}>{label}</label>
      <input
        id={id}
        type="password"
        value={value}
        required
        minLength={fresh ? passphraseMin : 1}
        maxLength={300}
        autocomplete={fresh ? 'new-password' : 'current-password'}
        onInput={(event) => set(event.currentTarget.value)}
      />
    </>
  );
}

export function StartView() {
  return (
    <>
      <h1>{say('Your quota, your key', '您的配额，您的密钥')}</h1>
      <p class="lead">
        {say(
          'The key is made in this browser and never leaves it unencrypted. It alone can sell, buy and sign for you; whoever has it and its passphrase can do the same.',
          '密钥在本浏览器中生成，绝不以未加密形式离开。只有它能代您出售、购买和签名；持有密钥及口令者亦可如此操作。',
        )}
      </p>
      <div class="columns">
        <CreateKey />
        <ImportKey />
      </div>
    </>
  );
}

function CreateKey() {
  const [first, setFirst] = useState('');
  const [second, setSecond] = useState('');
  const [type, setType] = useState(KeyType.ED25519);
  const run = async () => {
    if (first !== second) throw new Error(say('The two passphrases differ.', '两次输入的口令不同。'));
    await create(first, type);
  };
  return (
    <Card title={say('Make a new key', '新建密钥')}>
      <Doing
        run={run}
        label={
          <>
            <Icon of="key" /> {say('Make the key', '生成密钥')}
          </>
        }
      >
        <Passphrase
          id="new-1"
          label={say('Passphrase, at least 8 characters', '口令，至少 8 个字符')}
          value={first}
          set={setFirst}
          fresh
        />
        <Passphrase
          id="new-2"
          label={say('The same again', '再次输入')}
          value={second}
          set={setSecond}
          fresh
        />
        <details>
          <summary>{say('Kind of key', '密钥类型')}</summary>
          {[
            [KeyType.ED25519, 'Ed25519'] as const,
            [
              KeyType.P256,
              say('P-256: what phones and smart cards keep in hardware', 'P-256：手机与智能卡的硬件密钥'),
            ] as const,
          ].map(([value, words]) => (
            <label key={value} class="check">
              <input type="radio" name="key-type" checked={type === value} onChange={() => setType(value)} />{' '}
              {words}
            </label>
          ))}
        </details>
      </Doing>
    </Card>
  );
}

const fileBytesMax = 64 * 1024;

function ImportKey() {
  const [file, setFile] = useState('');
  const [passphrase, setPassphrase] = useState('');
  // No more than a key file may have is read, and one byte, so that it is found to be too large.
  const take = async (chosen: File | undefined) =>
    setFile(
      (await chosen
        ?.slice(0, fileBytesMax + 1)
        .text()
        .catch(() => '')) ?? '',
    );
  return (
    <Card title={say('Use a key that you have', '使用已有密钥')}>
      <Doing
        run={() => adopt(file, passphrase)}
        label={say('Open the key', '打开密钥')}
        disabled={file === ''}
      >
        <FileField
          id="import-file"
          label={say(
            'Key file (.pem), of this page or of pcq key new',
            '密钥文件（.pem），由本页面或 pcq key new 生成',
          )}
          accept=".pem"
          take={([first]) => void take(first)}
        />
        <Passphrase
          id="import-pass"
          label={say('Its passphrase; a file without one gets this one', '口令；未加密的文件将以此加密')}
          value={passphrase}
          set={setPassphrase}
        />
      </Doing>
    </Card>
  );
}

export function UnlockButton() {
  const [open, setOpen] = useState(false);
  return (
    <>
      <button type="button" onClick={() => setOpen(true)} aria-haspopup="dialog">
        <Icon of="key" /> {say('Unlock', '解锁')}
      </button>
      {open && <UnlockDialog close={() => setOpen(false)} />}
    </>
  );
}

export function UnlockDialog({ close }: { close: () => void }) {
  const [passphrase, setPassphrase] = useState('');
  const run = async () => {
    await unlock(passphrase);
    close();
  };
  return (
    <Dialog title={say('Unlock your key', '解锁密钥')} close={close}>
      <Doing run={run} label={say('Unlock', '解锁')}>
        <Passphrase id="unlock" label={say('Passphrase', '口令')} value={passphrase} set={setPassphrase} />
        <p class="dim">
          {say(
            'It stays open for a quarter of an hour after its last use, or until you close this page.',
            '最后一次使用后保持解锁一刻钟，或直到关闭页面。',
          )}
        </p>
      </Doing>
    </Dialog>
  );
}

function save(kept: KeptKey): void {
  download(`pcq-key-${kept.address.slice(-6)}.pem`, kept.file, 'application/x-pem-file');
  noteSaved();
}

/** Until a copy of the key is somewhere else. */
export function SaveKey({ kept }: { kept: KeptKey }) {
  return (
    <div class="problem" role="status">
      <Icon of="warn" />
      <div>
        <strong>{say('Save your key before you use it', '使用前请先保存密钥')}</strong>
        <p>
          {say(
            'It is only in this browser. Without the file and its passphrase nobody can restore your account but the registrar.',
            '目前密钥仅存于本浏览器。若丢失文件或口令，只能由登记机构处理。',
          )}
        </p>
        <div class="actions">
          <button type="button" onClick={() => save(kept)}>
            <Icon of="down" /> {say('Save the key file', '保存密钥文件')}
          </button>
        </div>
      </div>
    </div>
  );
}

export function KeyView({ kept, forget }: { kept: KeptKey; forget: () => void }) {
  const [leaving, setLeaving] = useState(false);
  const [from, setFrom] = useState('');
  const [to, setTo] = useState('');
  const [isChanged, setIsChanged] = useState(false);
  return (
    <Card title={say('Your key', '我的密钥')}>
      <Facts
        rows={[
          [say('Address', '地址'), <Id text={kept.address} head={20} tail={12} />],
          [
            say('Kept as', '保存形式'),
            say(
              'an encrypted file in this browser (PKCS#8, scrypt, AES-256)',
              '本浏览器中的加密文件（PKCS#8、scrypt、AES-256）',
            ),
          ],
        ]}
      />
      <div class="actions">
        <button type="button" class="plain" onClick={() => save(kept)}>
          <Icon of="down" /> {say('Save the key file', '保存密钥文件')}
        </button>
        <button type="button" class="danger" onClick={() => setLeaving(true)}>
          {say('Remove it from this browser', '从本浏览器移除')}
        </button>
      </div>
      <details>
        <summary>{say('Another passphrase', '更改口令')}</summary>
        <Doing
          run={async () => {
            setIsChanged(false);
            await rewrap(from, to);
            setFrom('');
            setTo('');
            setIsChanged(true);
          }}
          label={say('Change it', '更改')}
        >
          <Passphrase id="re-from" label={say('The present one', '当前口令')} value={from} set={setFrom} />
          <Passphrase
            id="re-to"
            label={say('The new one, at least 8 characters', '新口令，至少 8 个字符')}
            value={to}
            set={setTo}
            fresh
          />
        </Doing>
        {isChanged && (
          <p class="notice" role="status">
            {say(
              'Changed. A file that you saved before still opens, with the passphrase that it was saved with.',
              '口令已更改。此前保存的文件仍可用当时的口令打开。',
            )}
          </p>
        )}
      </details>
      {leaving && (
        <Dialog title={say('Remove the key?', '移除密钥？')} close={() => setLeaving(false)}>
          <p>
            {kept.saved
              ? say(
                  'You have saved its file. With it and the passphrase you can come back at any time.',
                  '您已保存密钥文件，凭文件和口令可随时恢复。',
                )
              : say(
                  'You have NOT saved its file. Removed here, it is gone for good.',
                  '您尚未保存密钥文件。移除后将永久丢失。',
                )}
          </p>
          <div class="actions">
            <button type="button" class="danger" onClick={forget}>
              {say('Remove it', '移除')}
            </button>
            <button type="button" class="plain" onClick={() => setLeaving(false)}>
              {say('Keep it', '保留')}
            </button>
          </div>
        </Dialog>
      )}
    </Card>
  );
}
