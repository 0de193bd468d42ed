// The vectors that C++ writes (tests/unit/client/vectors_test.cc), and what a refusal must look like.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { fromHex, PcqError } from 'pcq-client';

export const packageFolder = dirname(dirname(fileURLToPath(import.meta.url)));
export const repository = join(packageFolder, '..', '..', '..');
const folder = join(repository, 'tests', 'data', 'vectors');

export function vectorFile(name: string): string {
  return readFileSync(join(folder, name), 'utf8');
}

export function vectors<T>(name: string): T {
  return JSON.parse(vectorFile(`${name}.json`)) as T;
}

export const hex = fromHex;

export interface Refused {
  what: string;
  code: number;
  message: string;
}

/** The same reason as C++ gives, in the same words. */
export function assertRefused(call: () => unknown, { what, code, message }: Refused): void {
  assert.throws(
    call,
    (error) => {
      assert.ok(error instanceof PcqError, `${what}: ${String(error)}`);
      assert.deepEqual([error.code, error.message], [code, message], what);
      return true;
    },
    what,
  );
}

/** Every copy of `bytes` with one bit changed in one byte: each byte in turn, the bit by its place. */
export function* flipped(bytes: Uint8Array): Generator<Uint8Array> {
  for (let i = 0; i < bytes.length; ++i) {
    const other = bytes.slice();
    other[i] = other[i]! ^ (1 << i % 8);
    yield other;
  }
}
