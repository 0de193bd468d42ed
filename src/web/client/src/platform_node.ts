// What the platform gives. Node 18 has WebCrypto, but not as a global; and its own scrypt.
import { scrypt as nodeScrypt, webcrypto } from 'node:crypto';

import { type Bytes } from './bytes.js';
import type { ScryptCost } from './platform.js';

export const platformCrypto = webcrypto as unknown as Crypto;

export function scrypt(secret: Bytes, salt: Bytes, cost: ScryptCost, length: number): Promise<Bytes> {
  const options = { ...cost, maxmem: 128 * cost.r * (cost.N + cost.p + 2) }; // as OpenSSL counts
  return new Promise((resolve, reject) => {
    nodeScrypt(secret, salt, length, options, (error, key) =>
      error === null ? resolve(new Uint8Array(key)) : reject(error),
    );
  });
}
