// What a regulator should look at: found by rules, each with what it stands on.
import { loadMarket } from '../../core/market.js';
import { useLoaded } from '../../core/proven.js';
import { count } from '../../text/format.js';
import { say } from '../../text/say.js';
import { Icon } from '../../ui/icons.js';
import { Card, Mark, Shown } from '../../ui/parts.js';
import type { RegulatorProps } from '../regulator.js';
import { loadAudits } from './audits.js';
import { type Rule, rulesOf } from './rules.js';
import { askNode } from './said.js';
import { loadAgreement } from './totals.js';

export type Loaded = Awaited<ReturnType<typeof load>>;
async function load({ chain, chains, year }: RegulatorProps) {
  const main = chains.find(({ isMain }) => isMain);
  const [headers, market, agreement, said, audits] = await Promise.all([
    Promise.all(chains.map(async (one) => ({ chain: one, header: await one.reader.header() }))),
    loadMarket(chain, year),
    main === undefined ? undefined : loadAgreement(main, chain, year),
    askNode(chain, chains),
    Promise.all(chains.map((one) => loadAudits(one, chains))),
  ]);
  return { headers, market, agreement, said, audits };
}

export function AlertsView(props: RegulatorProps) {
  const { chain, year, gathered } = props;
  const loaded = useLoaded(chain, `alerts ${chain.id} ${year}`, () => load(props));
  return (
    <Shown of={loaded}>
      {(found) => {
        const rules = rulesOf(found, gathered, chain, year);
        const alerts = rules
          .flatMap(({ alerts: some }) => some)
          .sort((a, b) => Number(b.grave) - Number(a.grave));
        const open = rules.filter((rule) => rule.open !== undefined).length;
        return (
          <>
            <Card
              title={say('To look at', '需关注')}
              aside={
                <span
                  class={`badge ${alerts.some(({ grave }) => grave) ? 'bad' : alerts.length + open > 0 ? 'open' : 'good'}`}
                >
                  {count(alerts.length)}
                </span>
              }
            >
              {alerts.length === 0 && open > 0 ? (
                <p class="sentence dim">
                  <Icon of="said" />{' '}
                  {say(
                    `Nothing so far; ${open} of ${rules.length} rules have not been looked at, or only in part.`,
                    `目前无；${rules.length} 项中有 ${open} 项尚未检查或仅部分核对。`,
                  )}
                </p>
              ) : alerts.length === 0 ? (
                <p class="sentence good">
                  <Icon of="check" /> {say('Nothing.', '无。')}
                </p>
              ) : (
                <ul class="alerts">
                  {alerts.map(({ grave, proof, text }, i) => (
                    <li key={i} class={grave ? 'grave' : ''}>
                      <Icon of="warn" label={grave ? say('grave', '严重') : say('note', '提示')} />
                      <span>{text}</span>
                      <Mark of={proof} />
                    </li>
                  ))}
                </ul>
              )}
            </Card>
            <Card title={say('What was looked at', '检查项目')}>
              <ul class="rules">
                {rules.map((rule) => (
                  <li key={rule.name}>
                    <Found of={rule} />
                    <span>
                      {rule.name}
                      {rule.open !== undefined && (
                        <span class="dim">
                          {say(': ', '：')}
                          {rule.open}
                        </span>
                      )}
                    </span>
                    {rule.open === undefined && <Mark of={rule.proof} />}
                  </li>
                ))}
              </ul>
            </Card>
          </>
        );
      }}
    </Shown>
  );
}

// The shield is for what this browser has verified, all of it, and for nothing else.
function Found({ of: { alerts, open, proof } }: { of: Rule }) {
  if (alerts.length > 0)
    return (
      <span class="bad">
        <Icon of="warn" />
      </span>
    );
  const verified = open === undefined && proof === 'proven';
  return (
    <span class={verified ? 'good' : 'dim'}>
      <Icon of={verified ? 'check' : 'said'} />
    </span>
  );
}
