// Builds the package and runs its tests: `npm test`, and CTest's web_client_test. Fetches the packages of
// package-lock.json when they are not there. With PCQ_BIN, the folder of pcq and pcqd, the end-to-end test runs too.
// What follows `--` goes to Node's test runner.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

process.chdir(dirname(dirname(fileURLToPath(import.meta.url))));

function run(command, ...parameters) {
  const ended = spawnSync(command, parameters, { stdio: 'inherit' });
  if (ended.error) console.error(`web_client_test: ${command} cannot be started: ${ended.error.message}`);
  return ended.status === 0;
}
function must(command, ...parameters) {
  if (!run(command, ...parameters)) process.exit(1);
}
const bin = (name) => join('node_modules', '.bin', name);

// What npm has installed, against what the lock file asks for.
function isInstalled() {
  const installed = join('node_modules', '.package-lock.json');
  if (!existsSync(installed)) return false;
  const there = JSON.parse(readFileSync(installed, 'utf8')).packages;
  const wanted = JSON.parse(readFileSync('package-lock.json', 'utf8')).packages;
  return Object.entries(wanted).every(([name, { version, optional }]) => {
    return name === '' || optional || there[name]?.version === version;
  });
}

const [major] = process.versions.node.split('.').map(Number);
if (major < 18) {
  console.error(
    `web_client_test: Node ${process.versions.node} is too old, 18 or newer is needed (deploy/install.sh)`,
  );
  process.exit(1);
}
if (!isInstalled() && !run('npm', 'ci', '--no-progress', '--no-audit', '--no-fund', '--ignore-scripts')) {
  console.error(
    'web_client_test: the packages of src/web/client/package-lock.json are not installed and cannot be fetched.\n' +
      'A connection to the npm registry is needed once: npm ci in src/web/client, then run this again.',
  );
  process.exit(77); // skipped: CTest says so
}

for (const folder of ['dist', 'dist-test']) rmSync(folder, { recursive: true, force: true });
must(process.execPath, join('scripts', 'generate.js'));
must(bin('tsc'), '-p', 'tsconfig.json');
must(bin('tsc'), '-p', 'tsconfig.test.json');
must(bin('prettier'), '--check', '--log-level', 'warn', '.');

const files = readdirSync('dist-test').filter((name) => name.endsWith('.test.js'));
const chosen = process.env.PCQ_BIN ? files : files.filter((name) => name !== 'end_to_end.test.js');
if (chosen.length < files.length) console.log('PCQ_BIN is not set: without the test at a real network');
must(process.execPath, '--test', ...process.argv.slice(2), ...chosen.map((name) => join('dist-test', name)));
