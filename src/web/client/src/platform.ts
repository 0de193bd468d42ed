// What the platform gives. In a browser WebCrypto is global, and has no scrypt.
import { scryptAsync } from '@noble/hashes/scrypt.js';

import { type Bytes } from './bytes.js';

export interface ScryptCost {
  N: number;
  r: number;
  p: number;
}

export const platformCrypto: Crypto = globalThis.crypto;

export function scrypt(secret: Bytes, salt: Bytes, cost: ScryptCost, length: number): Promise<Bytes> {
  return scryptAsync(secret, salt, { ...cost, dkLen: length });
}
