// The address of an account: bech32m of prefix "pcq", symbol 0 (the version), and the 32 bytes of its id; 63
// characters, "pcq1q...". An id belongs to a key and not to a chain: an address is the same on every chain.
import { fromBech32m, fromSymbols, toBech32m, toSymbols } from './bech32m.js';
import { type Bytes, fromHex, hashBytes } from './bytes.js';
import { PcqError } from './error.js';

const prefix = 'pcq';
const version = 0;

function bad(why: string): PcqError {
  return new PcqError('bad_address', `no address of an account (${prefix}1q... of 63 characters): ${why}`);
}

export function toAddress(account: Bytes): string {
  if (account.length !== hashBytes) throw bad(`it holds ${account.length} bytes, an id has 32`);
  return toBech32m(prefix, [version, ...toSymbols(account)]);
}

/** bad_address: no bech32m, another prefix, a version that is not known here, another length. */
export function fromAddress(text: string): Bytes {
  try {
    const parts = fromBech32m(text);
    if (parts.prefix !== prefix)
      throw new PcqError('bad_address', `its prefix is "${parts.prefix}", expected "${prefix}"`);
    if (parts.symbols.length === 0) throw new PcqError('bad_address', 'nothing follows the prefix');
    if (parts.symbols[0] !== version)
      throw new PcqError(
        'bad_address',
        `its version is ${parts.symbols[0]}, this software knows version ${version}`,
      );
    const account = fromSymbols(parts.symbols.slice(1));
    if (account.length !== hashBytes)
      throw new PcqError('bad_address', `it holds ${account.length} bytes, an id has 32`);
    return account;
  } catch (error) {
    throw error instanceof PcqError ? bad(error.message) : error;
  }
}

/** An address, or the 64 hexadecimal digits of an id. bad_address, bad_hex. */
export function accountFromText(text: string): Bytes {
  // No address is all hexadecimal digits: it starts with "p".
  return /^[0-9a-fA-F]+$/.test(text) ? fromHex(text, hashBytes) : fromAddress(text);
}
