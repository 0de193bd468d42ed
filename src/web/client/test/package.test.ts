// What the package is to whoever installs it.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { packageFolder } from './vectors.js';

test('nothing but the part for Node needs Node, and everything imported is named as a dependency', () => {
  const { dependencies } = JSON.parse(readFileSync(join(packageFolder, 'package.json'), 'utf8')) as {
    dependencies: Record<string, string>;
  };
  const files = readdirSync(join(packageFolder, 'dist'), { recursive: true, encoding: 'utf8' });
  const used = new Set<string>();
  for (const file of files.filter((name) => name.endsWith('.js') && name !== 'platform_node.js')) {
    const code = readFileSync(join(packageFolder, 'dist', file), 'utf8');
    assert.doesNotMatch(code, /\b(process|Buffer|require)\b[.(]/, file);
    for (const [, from] of code.matchAll(/^(?:import|export) .*?from '([^']+)'/gms)) {
      if (from!.startsWith('.') || from === '#platform') continue;
      used.add(from!.split('/').slice(0, 2).join('/'));
    }
  }
  assert.deepEqual([...used].sort(), Object.keys(dependencies).sort());
});

test('the lock file names no host', () => {
  assert.doesNotMatch(readFileSync(join(packageFolder, 'package-lock.json'), 'utf8'), /"resolved"/);
});
