// The key of this browser's wallet. What is kept is the encrypted key file, as `pcq key` writes it; opened, the key is in
// memory alone, non-extractable where WebCrypto has it, and is forgotten after a while without use.
import { changePassphrase, KeyType, newKeyFile, openKeyFile, type SigningKey } from 'pcq-client';

import { kept, Store } from './store.js';

export interface KeptKey {
  file: string;
  address: string;
  /** Whether its owner has a copy elsewhere. */
  saved: boolean;
}

const forgetAfterMs = 15 * 60_000;

export const keptKey = new Store<KeptKey | undefined>(kept.read<KeptKey>('key'));
export const openKey = new Store<SigningKey | undefined>(undefined);
let timer: ReturnType<typeof setTimeout> | undefined;

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

/** A file that is not encrypted is encrypted before it is kept. */
export async function adopt(file: string, passphrase: string): Promise<void> {
  const isEncrypted = file.includes('ENCRYPTED');
  const key = await openKeyFile(file, isEncrypted ? passphrase : undefined);
  const stored = isEncrypted ? file : await changePassphrase(file, undefined, passphrase);
  keep({ file: stored, address: key.address(), saved: true });
  openKey.set(key);
  used();
}

export async function unlock(passphrase: string): Promise<void> {
  openKey.set(await openKeyFile(keptKey.value!.file, passphrase));
  used();
}

export async function rewrap(from: string, to: string): Promise<void> {
  const { address, file } = keptKey.value!;
  keep({ address, file: await changePassphrase(file, from, to), saved: false });
}

export function noteSaved(): void {
  keep({ ...keptKey.value!, saved: true });
}
export function forget(): void {
  lock();
  keep(undefined);
}
