// A real network for a test: four pcqd processes, made and started by `pcq net`, with a period, prices and people.
// PCQ_BIN names the folder of pcq and pcqd. Whatever becomes of the test, the processes and the folder go.
import assert from 'node:assert/strict';
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { type Json, sha256 } from 'pcq-client';

const bin = process.env['PCQ_BIN'];
const run = promisify(execFile);
const portsFirst = Number(process.env['PCQ_TEST_PORTS'] ?? 20_000 + (process.pid % 1_200) * 10);
const portsLast = 32_000; // above it the system draws the ports of outgoing connections

export const period = 2027;

// Two people are no estimate, so the period opens in spite of Proposition 2.
const periodFile = `
period = ${period}
cap_g = 100_000_000
months = 12
override_reason = "two people are no estimate"
[policy]
offset_ratio_ppb = 300_000_000
market_price_uy_per_kg = 300_000
effort_cost_uy_per_kg = 200_000
penalty_uy_per_kg = 600_000
banking_ratio_ppb = 500_000_000
`;
const ruleFile = `
id = "equal"
title = "equal"
text = "everybody gets the same"
base_label = "adult"
base = "12000kg"
`;

export function commitment(name: string): Uint8Array {
  return sha256(new TextEncoder().encode(`salt and file of ${name}`));
}

// Ends when this process does, however that comes about: its end of the pipe closes.
const guardScript = 'cat >/dev/null; "$0" net down --dir "$1/net" >/dev/null 2>&1; rm -rf "$1"';

export class Network {
  readonly folder = mkdtempSync(join(tmpdir(), 'pcq-web-client-'));
  readonly pcq: string;
  private readonly guard: ChildProcess;
  private port = 0; // of the first node's RPC; the peers' are below

  private constructor() {
    assert.ok(bin, 'PCQ_BIN names no folder of pcq and pcqd');
    this.pcq = join(bin, 'pcq');
    this.guard = spawn('sh', ['-c', guardScript, this.pcq, this.folder], {
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    this.guard.unref();
  }

  static async start(): Promise<Network> {
    const network = new Network();
    const first = await freePorts(8);
    network.port = first + 4;
    const ports = ['--peer-port', `${first}`, '--rpc-port', `${network.port}`];
    await network.run('net', 'init', '--dir', network.file('net'), ...ports);
    await network.run('net', 'up', '--dir', network.file('net'));
    return network;
  }

  get nodes(): string[] {
    return [0, 1, 2, 3].map((i) => `http://127.0.0.1:${this.port + i}`);
  }
  genesis(chain: 'main' | 'side' = 'side'): Buffer {
    return readFileSync(this.file(`net/${chain}.json`));
  }
  file(name: string, content?: string): string {
    const path = join(this.folder, name);
    if (content !== undefined) writeFileSync(path, content, { mode: 0o600 });
    return path;
  }
  key(organisation: string): string {
    return this.file(`net/keys/${organisation}.pem`);
  }

  /** pcq, which must say that it is done; what it prints. */
  async run(...command: string[]): Promise<string> {
    const env = { ...process.env, PCQ_NODE: `127.0.0.1:${this.port}` };
    return (await run(this.pcq, command, { env, cwd: this.folder })).stdout;
  }
  /** An organisation's act. */
  act(organisation: string, ...command: string[]): Promise<string> {
    return this.run(...command, '--key', this.key(organisation));
  }
  async json(...command: string[]): Promise<{ [name: string]: Json }> {
    return JSON.parse(await this.run('--json', ...command)) as { [name: string]: Json };
  }
  async addressOf(organisation: string): Promise<string> {
    return (await this.json('key', 'show', this.key(organisation)))['account'] as string;
  }

  /** The government opens a year; nobody is there yet. */
  async openPeriod(): Promise<void> {
    await this.act('government', 'governance', 'register', this.file('net/side.json'));
    await this.act('government', 'period', 'open', this.file('period.toml', periodFile));
    await this.act('platform', 'market', 'costs', '--op', '0.01', '--blockchain', '0.005');
    await this.act('government', 'quota', 'rule', 'set', '--file', this.file('rule.toml', ruleFile));
  }
  /** The platform's, the bank's and the meter's side: requests as lines; the first person emits little, all others much. */
  async admit(requests: string[]): Promise<void> {
    await this.act('platform', 'account', 'register', this.file('requests', `${requests.join('\n')}\n`));
    const people = requests.map((line) => (JSON.parse(line) as { account: string }).account);
    const list = ['account,grams,reason', ...people.map((person) => `${person},12000000,adult`), ''].join(
      '\n',
    );
    const quota = [this.file('list.csv', list), '--period', `${period}`];
    await this.act('government', 'quota', 'issue', ...quota, '--rule', 'equal');
    await this.act('platform', 'quota', 'claim', ...quota);
    await this.deposit(await this.addressOf('platform'), '1000000');
    for (const [i, person] of people.entries()) {
      const amount = i === 0 ? '500kg' : '1500kg';
      await this.deposit(person, '100');
      await this.act('meter', 'emissions', 'report', '--account', person, '--month', '1', '--amount', amount);
    }
    await this.act('government', 'period', 'advance');
    for (;;) {
      const prices = await this.json('market', 'prices').catch(() => ({}));
      if ((prices as { value?: { open?: boolean } }).value?.open === true) return;
    }
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.guard.once('exit', resolve));
    this.guard.stdin!.end();
    await ended;
  }

  private deposits = 0;
  private deposit(account: string, money: string): Promise<string> {
    const reference = `deposit-${++this.deposits}`;
    return this.act('bank', 'cash', 'deposit', account, '--money', money, '--reference', reference);
  }
}

// Of what tests of either language take, the first number over UDP is the reservation: the system takes it back
// whatever becomes of the test (tests/end_to_end/network.cc).
async function freePorts(count: number): Promise<number> {
  for (let first = portsFirst; first + count < portsLast; first += 10) {
    const release = await reserve(first);
    if (release === undefined) continue;
    const free = await Promise.all(Array.from({ length: count }, (_, i) => isFree(first + i)));
    if (free.every(Boolean)) return first;
    release();
  }
  throw new Error('there are no free ports');
}

function reserve(port: number): Promise<(() => void) | undefined> {
  return new Promise((resolve) => {
    const socket = createSocket('udp4').unref();
    socket.once('error', () => resolve(undefined));
    socket.bind({ port, address: '127.0.0.1', exclusive: true }, () => resolve(() => socket.close()));
  });
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
