// The rules of the alerts that stand on the node's word alone.
import { type Json } from 'pcq-client';

import { type Chain } from '../../core/chain.js';
import { count } from '../../text/format.js';
import { say } from '../../text/say.js';
import type { Alert, Rule } from './rules.js';

export interface Said {
  disputes: number;
  corrections: number;
  clawbacks: number;
  evidence: { chain: string; count: number }[];
  stalled: { chain: string; text: string }[];
  /** Whether the node tells everybody of evidence and of what it waits for. */
  open: boolean;
}
export async function askNode(chain: Chain, chains: Chain[]): Promise<Said> {
  const list = async (method: string) => {
    const entries: Json[] = [];
    for await (const page of chain.client.pages(method, { limit: 1000 }))
      entries.push(...((page as { [name: string]: Json[] })[method] ?? []));
    return entries;
  };
  const [disputes, corrections, clawbacks] = await Promise.all([
    list('disputes'),
    list('corrections'),
    list('clawbacks'),
  ]);
  const open = (entries: Json[], name: string) =>
    entries.filter((entry) => (entry as { [name: string]: Json })[name] === '').length;
  const each = await Promise.all(
    chains.map(async (one) => ({
      chain: one.name,
      evidence: (await one.saidToAll('evidence')) as { count: number } | undefined,
      why: (await one.saidToAll('why')) as { stalled: boolean; text: string } | undefined,
    })),
  );
  return {
    disputes: disputes.filter((entry) => (entry as { status?: Json }).status === 'open').length,
    corrections: open(corrections, 'approved_by'),
    clawbacks: open(clawbacks, 'approved_by'),
    evidence: each.flatMap(({ chain: name, evidence }) =>
      evidence !== undefined && evidence.count > 0 ? [{ chain: name, count: evidence.count }] : [],
    ),
    stalled: each.flatMap(({ chain: name, why }) =>
      why?.stalled === true ? [{ chain: name, text: why.text }] : [],
    ),
    open: each.every(({ evidence, why }) => evidence !== undefined && why !== undefined),
  };
}

/** What waits for an answer or an approval. */
export function procedures(said: Said): Rule {
  const alerts: Alert[] = [];
  const note = (n: number, english: string, chinese: string) =>
    n > 0 &&
    alerts.push({
      grave: false,
      proof: 'said',
      text: say(`${count(n)} ${english}`, `${count(n)} ${chinese}`),
    });
  note(said.disputes, 'disputes wait for an answer.', '项异议待答复。');
  note(said.corrections, 'corrections wait for approval.', '项更正待批准。');
  note(said.clawbacks, 'claw-backs wait for approval.', '项追回待批准。');
  return {
    name: say('Disputes, corrections, claw-backs that wait', '待处理的异议、更正与追回'),
    proof: 'said',
    alerts,
  };
}

/** Whether the network does as it should. */
export function nodes(said: Said): Rule {
  const alerts: Alert[] = [
    ...said.evidence.map(
      ({ chain, count: n }): Alert => ({
        grave: true,
        proof: 'said',
        text: say(
          `${chain}: ${count(n)} pieces of evidence that a validator contradicted itself.`,
          `${chain}：${count(n)} 条验证者自相矛盾的证据。`,
        ),
      }),
    ),
    ...said.stalled.map(
      ({ chain, text }): Alert => ({
        grave: true,
        proof: 'said',
        text: (
          <>
            {chain}: <span lang="en">{text}</span>
          </>
        ),
      }),
    ),
  ];
  return {
    name: say('Validators keep to the protocol, and blocks come', '验证者遵守协议，区块正常产生'),
    proof: 'said',
    alerts,
    open: said.open
      ? undefined
      : say(
          'not looked at, this node tells that to its operators alone',
          '未检查，该节点仅向运营者提供此信息',
        ),
  };
}
