// Who has executed which chain again, and how far: the attestations that each chain keeps, all of them by one proof, each held
// against the header that a quorum has certified.
import { type JudgedAttestation, toHex } from 'pcq-client';

import { type Chain } from '../../core/chain.js';
import { csv } from '../../core/csv.js';
import { useLoaded } from '../../core/proven.js';
import { href } from '../../core/route.js';
import { count, time } from '../../text/format.js';
import { say } from '../../text/say.js';
import { Icon } from '../../ui/icons.js';
import { Card, download, Empty, Shown, Table } from '../../ui/parts.js';
import { Who } from '../../ui/words.js';
import type { RegulatorProps } from '../regulator.js';
import { Verdict } from './totals.js';

export function loadAudits(keeper: Chain, chains: Chain[]) {
  return keeper.client.attestations(chains.filter((chain) => chain !== keeper).map(({ client }) => client));
}

export function AuditsView({ chains }: RegulatorProps) {
  return (
    <>
      <p class="dim">
        {say(
          'An auditor executes every block again by a program of its own and signs, on a chain, up to where the results are those of the validators. Here each such word is held against the certified header of its block.',
          '审计方用自己的程序重新执行每个区块，并在链上签名声明核对至何处。此处将每条声明与该区块经认证的区块头相比对。',
        )}
      </p>
      {chains.map((keeper) => (
        <Kept key={keeper.id} keeper={keeper} chains={chains} />
      ))}
    </>
  );
}

function Kept({ keeper, chains }: { keeper: Chain; chains: Chain[] }) {
  const loaded = useLoaded(keeper, `audits ${keeper.id}`, () => loadAudits(keeper, chains));
  return (
    <Shown of={loaded}>
      {({ header, attestations }) => {
        const wrong = attestations.filter(({ verdict }) => verdict === 'disagrees');
        const isChecked = attestations.every(({ verdict }) => verdict !== 'unchecked');
        return (
          <>
            {wrong.map((one) => (
              <Contradiction
                key={toHex(one.chain) + toHex(one.auditor)}
                of={one}
                keeper={keeper}
                chains={chains}
              />
            ))}
            <Card
              title={say(`Audits recorded on ${keeper.name}`, `${keeper.name} 上记录的审计`)}
              proof="proven"
              height={header.height}
              aside={
                attestations.length > 0 && (
                  <Verdict good={wrong.length > 0 ? false : isChecked || undefined} />
                )
              }
            >
              {attestations.length === 0 ? (
                <Empty>
                  {say(
                    'No auditor has attested anything here; it is proven that there is no such record.',
                    '尚无审计声明；已证明不存在此类记录。',
                  )}
                </Empty>
              ) : (
                <>
                  <Listed of={attestations} keeper={keeper} chains={chains} />
                  <div class="actions">
                    <button
                      type="button"
                      class="plain"
                      onClick={() =>
                        download(
                          `pcq-audits-${keeper.name}-${header.height}.csv`,
                          csv(keeper, header, columns, attestations.map(rowOf)),
                          'text/csv',
                        )
                      }
                    >
                      <Icon of="down" /> {say('Export as CSV', '导出 CSV')}
                    </button>
                  </div>
                </>
              )}
            </Card>
          </>
        );
      }}
    </Shown>
  );
}

const columns = ['chain_id', 'auditor_id', 'attested_height', 'block_hash', 'time_ms', 'verdict'];
function rowOf({ chain, auditor, height, blockHash, timeMs, verdict }: JudgedAttestation) {
  return [toHex(chain), toHex(auditor), height, toHex(blockHash), timeMs, verdict];
}

interface ListProps {
  keeper: Chain;
  chains: Chain[];
}

function nameOf(chains: Chain[], id: Uint8Array): string {
  const text = toHex(id);
  return chains.find((chain) => chain.id === text)?.name ?? `${text.slice(0, 12)}\u2026`;
}

function Listed({ of, keeper, chains }: ListProps & { of: JudgedAttestation[] }) {
  return (
    <Table
      stacked
      caption={say('Audits', '审计声明')}
      head={[
        { text: say('Chain', '链') },
        { text: say('Auditor', '审计方') },
        { text: say('Up to block', '核对至区块'), right: true },
        { text: say('Since then', '此后区块'), right: true },
        { text: say('Recorded', '记录时间'), wide: true },
        { text: say('Its block is the certified one', '与认证区块一致') },
      ]}
      rows={of.map((one) => {
        const name = nameOf(chains, one.chain);
        const isKnown = chains.some((chain) => chain.name === name);
        return {
          key: toHex(one.chain) + toHex(one.auditor),
          class: one.verdict === 'disagrees' ? 'bad' : '',
          cells: [
            name,
            <Who chain={keeper} id={one.auditor} />,
            isKnown ? <a href={href('block', name, one.height)}>{count(one.height)}</a> : count(one.height),
            one.newest === null ? '\u2013' : count(one.newest - one.height),
            <time>{time(one.timeMs)}</time>,
            <Judged of={one} />,
          ],
        };
      })}
    />
  );
}

function Judged({ of: { verdict, why } }: { of: JudgedAttestation }) {
  if (verdict === 'agrees')
    return (
      <span class="badge good">
        <Icon of="check" /> {say('the same', '一致')}
      </span>
    );
  if (verdict === 'disagrees')
    return (
      <span class="badge bad" title={why}>
        <Icon of="warn" /> {say('ANOTHER BLOCK', '不一致')}
      </span>
    );
  return (
    <span class="badge open" title={why}>
      <Icon of="said" /> {say('not checked: the header is not here', '未核对：此处没有该区块头')}
    </span>
  );
}

function Contradiction({ of, keeper, chains }: ListProps & { of: JudgedAttestation }) {
  const name = nameOf(chains, of.chain);
  return (
    <div class="problem lie" role="alert">
      <Icon of="warn" />
      <div>
        <strong>
          {say(
            `An auditor contradicts the validators of ${name} at block ${count(of.height)}`,
            `审计方与 ${name} 的验证者在区块 ${count(of.height)} 处相互矛盾`,
          )}
        </strong>
        <p>
          {say('Attested by ', '声明方：')}
          <Who chain={keeper} id={of.auditor} />
          {say(
            '. Either the auditor errs, or the validators have certified two histories. Audit that chain yourself before you rely on any figure of it.',
            '。要么审计方有误，要么验证者认证了两份不同的历史。在依赖该链任何数字之前，请自行审计。',
          )}
        </p>
        <p class="detail" lang="en">
          {of.why}
        </p>
      </div>
    </div>
  );
}
