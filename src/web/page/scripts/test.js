// Runs the page's tests: those of its rules, and those in a real Chromium at a network of real nodes. `npm test`, and
// CTest's web_page_test. PCQ_BIN is the folder of pcq and pcqd, beside which the built page lies; PCQ_ARTEFACTS, where
// screenshots go. What follows `--` goes to Node's test runner. Ends with 77, which CTest reports as skipped, where the
// packages of package-lock.json or Chromium cannot be had.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(dirname(fileURLToPath(import.meta.url)));
process.chdir(here);

function must(command, ...parameters) {
  const { status, error } = spawnSync(command, parameters, { stdio: 'inherit' });
  if (error) console.error(`web_page_test: ${command} cannot be started: ${error.message}`);
  if (status !== 0) process.exit(status ?? 1);
}
function skip(why) {
  console.error(`web_page_test: ${why}`);
  process.exit(77);
}

const bin = process.env.PCQ_BIN;
if (!bin) {
  console.error('web_page_test: PCQ_BIN names no folder of pcq and pcqd');
  process.exit(1);
}
const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const folders = (process.env.PATH ?? '').split(delimiter);
const chromium =
  process.env.PCQ_CHROMIUM ??
  folders.flatMap((folder) => names.map((name) => join(folder, name))).find(existsSync);

// Builds what is not built, and needs the packages for it: 77 from there is passed on.
must(process.execPath, join('scripts', 'build.js'), '--must', '--out', join(bin, '..', 'page'));
if (!chromium) skip('there is no Chromium: deploy/install.sh --browser, or its path in PCQ_CHROMIUM');

rmSync('dist-test', { recursive: true, force: true });
must(join('node_modules', '.bin', 'tsc'), '-p', 'tsconfig.test.json');
// The network of the client's tests is compiled along; its package says that these files are modules.
mkdirSync('dist-test', { recursive: true });
writeFileSync(join('dist-test', 'package.json'), '{ "type": "module" }\n');
mkdirSync(join('dist-test', 'node_modules'), { recursive: true });
symlinkSync(join(here, '..', 'client'), join('dist-test', 'node_modules', 'pcq-client'), 'dir');
must(join('node_modules', '.bin', 'prettier'), '--check', '--log-level', 'warn', '.');

const artefacts = process.env.PCQ_ARTEFACTS ?? join(bin, '..', 'page-test');
mkdirSync(artefacts, { recursive: true });
const { version } = JSON.parse(readFileSync(join('node_modules', 'playwright-core', 'package.json'), 'utf8'));
console.log(`Chromium ${chromium}, playwright-core ${version}, screenshots in ${artefacts}`);
const env = { ...process.env, PCQ_CHROMIUM: chromium, PCQ_ARTEFACTS: artefacts };
const tests = ['core.test.js', 'page.test.js'].map((name) => join('dist-test', 'page', 'test', name));
const ended = spawnSync(process.execPath, ['--test', ...process.argv.slice(2), ...tests], {
  stdio: 'inherit',
  env,
});
process.exit(ended.status ?? 1);
