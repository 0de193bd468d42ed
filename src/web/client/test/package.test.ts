// What the package is to whoever installs it.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import ts from 'typescript';

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

test('its types need no browser: those of Node will do', () => {
  const program = ts.createProgram([join(packageFolder, 'dist', 'index.d.ts')], {
    lib: ['lib.es2022.d.ts'],
    types: ['node'],
    typeRoots: [join(packageFolder, 'node_modules', '@types')],
    module: ts.ModuleKind.NodeNext,
    strict: true,
    noEmit: true,
  });
  const own = program.getSourceFiles().filter(({ fileName }) => fileName.includes('/client/dist/'));
  assert.ok(own.length > 30, 'the declarations are there');
  const said = own.flatMap((file) =>
    program.getSemanticDiagnostics(file).map(({ messageText }) => `${file.fileName}: ${String(messageText)}`),
  );
  assert.deepEqual(said, []);
});
