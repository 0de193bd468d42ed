// Makes src/gen from proto/ with protoc, which the rest of the repository needs anyway, and the generator of
// Protobuf-ES. The code is not committed, so that it cannot differ from the definitions; the published package
// holds it compiled.
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(dirname(fileURLToPath(import.meta.url)));
const root = join(here, '..', '..', '..');
// What a client sends or reads; what nodes say to each other is left out.
const names = [
  'allocation',
  'block',
  'emissions',
  'genesis',
  'governance',
  'keys',
  'life',
  'state',
  'transaction',
];

const out = join(here, 'src', 'gen');
rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
const made = spawnSync(
  'protoc',
  [
    `--plugin=protoc-gen-es=${join(here, 'node_modules', '.bin', 'protoc-gen-es')}`,
    `--proto_path=${root}`,
    `--es_out=${out}`,
    '--es_opt=target=ts,import_extension=js',
    ...names.map((name) => join(root, 'proto', 'pcq', 'v1', `${name}.proto`)),
  ],
  { stdio: 'inherit' },
);
if (made.error) console.error(`protoc cannot be started (Debian: protobuf-compiler): ${made.error.message}`);
process.exit(made.status ?? 1);
