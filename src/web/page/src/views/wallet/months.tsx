// What was reported of a person, month by month, against a month's share of the quota.
import { mass, price, share } from '../../text/format.js';
import { say } from '../../text/say.js';
import { Card } from '../../ui/parts.js';
import type { Person } from './overview.js';

export function Months({ person: { emissions, header, period, standing: s } }: { person: Person }) {
  if (emissions === null || emissions.months.length === 0) return null;
  const sums = new Map<number, { grams: bigint; notes: string[] }>();
  for (const month of emissions.months) {
    const entry = sums.get(month.month) ?? { grams: 0n, notes: [] };
    entry.grams += month.grams;
    if (month.estimated) entry.notes.push(say('estimated', '含估计'));
    if (month.corrected) entry.notes.push(say('corrected', '已更正'));
    if (month.disputes.length > 0) entry.notes.push(say('disputed', '有异议'));
    sums.set(month.month, entry);
  }
  const months = [...sums].sort(([a], [b]) => a - b);
  const quota = s.issued / BigInt(period.months || 1);
  const most = months.reduce((max, [, { grams }]) => (grams > max ? grams : max), quota > 0n ? quota : 1n);
  return (
    <Card
      title={say('Emissions by month', '逐月排放')}
      proof="proven"
      height={header.height}
      aside={<span class="dim">{say(`a month's quota: ${mass(quota)}`, `月配额：${mass(quota)}`)}</span>}
    >
      <ul class="bars">
        {months.map(([month, { grams, notes }]) => (
          <li key={month}>
            <span>{say(`Month ${month}`, `${month} 月`)}</span>
            <svg viewBox="0 0 1000 12" preserveAspectRatio="none" aria-hidden="true">
              <rect
                class={grams > quota && quota > 0n ? 'over' : 'fill'}
                width={(1000 * Number(grams)) / Number(most)}
                height="12"
                rx="4"
              />
            </svg>
            <span class="right">
              {mass(grams)} {notes.length > 0 && <small class="dim">{notes.join(', ')}</small>}
            </span>
          </li>
        ))}
      </ul>
      <p class="dim">
        {say(
          `δ = ${share(period.policy?.offsetRatioPpb ?? 0n)}: so much of what you lack at the end may be covered by bought quota; the rest costs ${price(period.policy?.penaltyUyPerKg ?? 0n)}.`,
          `δ = ${share(period.policy?.offsetRatioPpb ?? 0n)}：年末缺口中可由购买配额抵消的比例；其余按 ${price(period.policy?.penaltyUyPerKg ?? 0n)} 罚款。`,
        )}
      </p>
    </Card>
  );
}
