// Builds the page into a folder that a node serves: `npm run build -- --out FOLDER`, and CMake's target `page`. Fetches
// the packages of the two package-lock.json where they are not there, builds the client, checks types, bundles, and
// compresses. Ends with 0 and a line that says so where the npm registry cannot be had and the folder has no page:
// the node is whole without one. With --must that is a fault.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const here = dirname(dirname(fileURLToPath(import.meta.url)));
const client = join(here, '..', 'client');
const given = process.argv.slice(2);
const out = resolve(given.includes('--out') ? given[given.indexOf('--out') + 1] : join(here, 'dist'));
const must = given.includes('--must');
const bytesMax = 250_000; // of all files of a visit, compressed

function run(folder, command, ...parameters) {
  const ended = spawnSync(command, parameters, { cwd: folder, stdio: ['ignore', 'inherit', 'inherit'] });
  return ended.status === 0;
}
function fail(text) {
  console.error(`web page: ${text}`);
  process.exit(1);
}

// What npm has installed, against what the lock file asks for.
function isInstalled(folder) {
  const installed = join(folder, 'node_modules', '.package-lock.json');
  if (!existsSync(installed)) return false;
  const there = JSON.parse(readFileSync(installed, 'utf8')).packages;
  const wanted = JSON.parse(readFileSync(join(folder, 'package-lock.json'), 'utf8')).packages;
  return Object.entries(wanted).every(([name, { version, optional }]) => {
    return name === '' || optional || there[name]?.version === version;
  });
}

function skip(why) {
  if (must) {
    console.error(`web page: ${why}`);
    process.exit(77);
  }
  const kept = existsSync(join(out, 'index.html'));
  console.log(
    `web page: NOT BUILT: ${why}. ${kept ? 'The one that was built before stays' : 'Nodes run without it'}; build again when that is mended.`,
  );
  process.exit(0);
}

function filesBelow(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? filesBelow(path) : [path];
  });
}

// Everything that the page is made from. The same again is not built again.
function fingerprint() {
  const hash = createHash('sha256');
  const sources = [
    ...filesBelow(join(here, 'src')),
    ...filesBelow(join(here, 'public')),
    ...filesBelow(join(client, 'src')).filter((file) => !file.startsWith(join(client, 'src', 'gen'))),
    ...filesBelow(join(here, '..', '..', '..', 'proto')),
    ...['index.html', 'vite.config.js', 'tsconfig.json', 'package-lock.json', 'scripts/build.js'].map(
      (name) => join(here, name),
    ),
    join(client, 'package-lock.json'),
  ];
  for (const file of sources.sort())
    hash.update(file.slice(here.length)).update('\0').update(readFileSync(file)).update('\0');
  return hash.digest('hex');
}

if (parseInt(process.versions.node) < 18)
  skip(`Node ${process.versions.node} is too old, 18 or newer is needed`);
const stamp = `${out}.stamp`;
const wanted = fingerprint();
if (existsSync(join(out, 'index.html')) && existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted)
  process.exit(0);

for (const folder of [client, here]) {
  if (isInstalled(folder)) continue;
  if (
    !run(
      folder,
      'npm',
      'ci',
      '--no-progress',
      '--no-audit',
      '--no-fund',
      '--ignore-scripts',
      '--fetch-retries=1',
    )
  )
    skip('the packages of package-lock.json cannot be fetched from the npm registry');
}
const tool = (folder, name) => join(folder, 'node_modules', '.bin', name);
if (
  !run(client, process.execPath, join('scripts', 'generate.js')) ||
  !run(client, tool(client, 'tsc'), '-p', 'tsconfig.json')
)
  fail('the client does not build');
if (!run(here, tool(here, 'tsc'), '-p', 'tsconfig.json')) fail('the types do not fit');
if (!run(here, tool(here, 'vite'), 'build', '--logLevel', 'warn', '--outDir', out))
  fail('the bundler failed');

let sum = 0;
for (const file of filesBelow(out)) {
  const packed = gzipSync(readFileSync(file), { level: 9 });
  sum += Math.min(packed.length, statSync(file).size);
  if (packed.length < statSync(file).size) writeFileSync(`${file}.gz`, packed);
}
if (sum > bytesMax) {
  rmSync(out, { recursive: true });
  fail(`it has ${sum} bytes compressed, ${bytesMax} are allowed`);
}
mkdirSync(dirname(stamp), { recursive: true });
writeFileSync(stamp, wanted);
console.log(`web page: built, ${Math.round(sum / 1000)} kB compressed`);
