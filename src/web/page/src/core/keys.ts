// The key of this browser's wallet. What is kept is the encrypted key file, as `pcq key` writes it; opened, the key is in
// memory alone, non-extractable where WebCrypto has it, and is forgotten after a while without use.
import { changePassphrase, keyFileIn, KeyType, newKeyFile, openKeyFile, type SigningKey } from 'pcq-client';

import { say } from '../text/say.js';
import { kept, Store } from './store.js';

export interface KeptKey {
  file: string;
  address: string;
  /** Whether its owner has a copy elsewhere. */
  saved: boolean;
}

const forgetAfterMs = 15 * 60_000;
export const passphraseMin = 8; // characters

export const keptKey = new Store<KeptKey | undefined>(kept.read<KeptKey>('key'));
export const openKey = new Store<SigningKey | undefined>(undefined);
const keptName = 'pcq.key';
let timer: ReturnType<typeof setTimeout> | undefined;

// What another window of this browser has done with the key is done here too: none writes over what it has not seen.
addEventListener('storage', ({ key }) => {
  if (key !== keptName && key !== null) return;
  const before = keptKey.value;
  keptKey.set(kept.read<KeptKey>('key'));
  if (keptKey.value?.address !== before?.address) lock();
});

function keep(key: KeptKey | undefined): void {
  kept.write('key', key);
  keptKey.set(key);
}

export function used(): void {
  clearTimeout(timer);
  timer = setTimeout(lock, forgetAfterMs);
}
export function lock(): void {
  clearTimeout(timer);
  openKey.set(undefined);
}

export async function create(passphrase: string, type: KeyType): Promise<void> {
  const { key, file } = await newKeyFile(passphrase, type);
  keep({ file, address: key.address(), saved: false });
  openKey.set(key);
  used();
}

/** Of a text the key alone is kept, and one that is not encrypted is encrypted before. */
export async function adopt(text: string, passphrase: string): Promise<void> {
  const { file, isEncrypted } = keyFileIn(text);
  if (!isEncrypted && passphrase.length < passphraseMin)
    throw new Error(
      say(
        `The file is not encrypted: give a passphrase of at least ${passphraseMin} characters for it.`,
        `该文件未加密：请设置至少 ${passphraseMin} 个字符的口令。`,
      ),
    );
  const stored = isEncrypted ? file : await changePassphrase(file, undefined, passphrase);
  const key = await openKeyFile(stored, passphrase);
  keep({ file: stored, address: key.address(), saved: true });
  openKey.set(key);
  used();
}

export async function unlock(passphrase: string): Promise<void> {
  openKey.set(await openKeyFile(keptKey.value!.file, passphrase));
  used();
}

/** The same key under another passphrase. A copy that was saved before stays good, with the passphrase that it has. */
export async function rewrap(from: string, to: string): Promise<void> {
  const { file } = keptKey.value!;
  const changed = await changePassphrase(file, from, to);
  if (keptKey.value?.file !== file) return; // another key has taken its place meanwhile
  keep({ ...keptKey.value, file: changed });
}

export function noteSaved(): void {
  keep({ ...keptKey.value!, saved: true });
}
export function forget(): void {
  lock();
  keep(undefined);
}
