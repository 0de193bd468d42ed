// Amounts as people know them: kilograms and tonnes, yuan, per cent, times. The chain's own units are grams,
// micro-yuan, micro-yuan per kilogram and parts per billion; nothing is lost on the way but decimals that are not shown.
import { language, say } from './say.js';

function locale(): string {
  return language.value === 'zh' ? 'zh-CN' : 'en-GB';
}

/** value / 10^scale with at most `most` and at least `least` decimals, rounded half away from zero. */
export function decimal(value: bigint, scale: number, most: number, least = 0): string {
  const drop = 10n ** BigInt(Math.max(0, scale - most));
  const negative = value < 0n;
  const size = negative ? -value : value;
  const kept = (size + drop / 2n) / drop;
  const digits = Math.min(most, scale);
  const unit = 10n ** BigInt(digits);
  const whole = (kept / unit).toLocaleString(locale());
  let rest = digits === 0 ? '' : (kept % unit).toString().padStart(digits, '0');
  while (rest.length > least && rest.endsWith('0')) rest = rest.slice(0, -1);
  rest = rest.padEnd(least, '0');
  return `${negative && kept !== 0n ? '\u2212' : ''}${whole}${rest === '' ? '' : `.${rest}`}`;
}

const tonnesFrom = 1_000_000_000n; // grams: a thousand tonnes

export function mass(grams: bigint): string {
  const size = grams < 0n ? -grams : grams;
  if (size >= tonnesFrom) return `${decimal(grams, 6, 1)}\u00a0t`;
  if (size >= 10_000_000n) return `${decimal(grams, 3, 0)}\u00a0kg`;
  return size < 100_000n ? `${decimal(grams, 3, 3)}\u00a0kg` : `${decimal(grams, 3, 1, 1)}\u00a0kg`;
}
export function exactMass(grams: bigint): string {
  return `${decimal(grams, 3, 3)}\u00a0kg CO\u2082e`;
}
/**
 * To the last gram: what stands side by side adds up, and what is asked for, signed, or the most that may be is that and no
 * rounded figure. The same of money and prices.
 */
export function wholeMass(grams: bigint): string {
  return `${decimal(grams, 3, 3)}\u00a0kg`;
}
// Less than a fen: two decimals would show nothing, or what is not there.
function isSmall(microYuan: bigint): boolean {
  return microYuan > -10_000n && microYuan < 10_000n;
}
export function money(microYuan: bigint): string {
  const size = microYuan < 0n ? -microYuan : microYuan;
  const text = decimal(size, 6, isSmall(microYuan) ? 6 : 2, 2);
  return `${microYuan < 0n ? '\u2212' : ''}\u00a5${text}`;
}
/** To the last micro-yuan. */
export function wholeMoney(microYuan: bigint): string {
  const text = decimal(microYuan, 6, 6, 2);
  return text.startsWith('\u2212') ? `\u2212\u00a5${text.slice(1)}` : `\u00a5${text}`;
}
/** Rounded down for what one gets; the contract pays no part of a fen that is not there. */
export function price(microYuanPerKg: bigint): string {
  return `\u00a5${decimal(microYuanPerKg, 6, isSmall(microYuanPerKg) ? 6 : 4, 2)}/kg`;
}
/** To the last micro-yuan. */
export function wholePrice(microYuanPerKg: bigint): string {
  return `${wholeMoney(microYuanPerKg)}/kg`;
}
export function share(ppb: bigint): string {
  return `${decimal(ppb, 7, 2)}\u00a0%`;
}
export function count(value: bigint | number): string {
  return value.toLocaleString(locale());
}
export function rate(value: number): string {
  return value.toLocaleString(locale(), { maximumFractionDigits: value < 10 ? 1 : 0 });
}

export function time(ms: bigint | number): string {
  return new Date(Number(ms)).toLocaleString(locale(), { dateStyle: 'medium', timeStyle: 'medium' });
}
/** For paper, which is read elsewhere: with the zone of who made it. */
export function zonedTime(ms: bigint | number): string {
  return new Date(Number(ms)).toLocaleString(locale(), {
    year: 'numeric',
    month: 'short',
    day: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    timeZoneName: 'short',
  });
}
export function ago(ms: bigint | number, now: number): string {
  const seconds = Math.max(0, Math.round((now - Number(ms)) / 1000));
  if (seconds < 1) return say('just now', '刚刚');
  if (seconds < 90) return say(`${seconds} s ago`, `${seconds} 秒前`);
  if (seconds < 5_400)
    return say(`${Math.round(seconds / 60)} min ago`, `${Math.round(seconds / 60)} 分钟前`);
  if (seconds < 129_600)
    return say(`${Math.round(seconds / 3_600)} h ago`, `${Math.round(seconds / 3_600)} 小时前`);
  return say(`${Math.round(seconds / 86_400)} days ago`, `${Math.round(seconds / 86_400)} 天前`);
}

/** In the largest unit that says it without a rest. */
export function duration(ms: bigint): string {
  const units: [bigint, string, string][] = [
    [86_400_000n, 'd', '天'],
    [3_600_000n, 'h', '小时'],
    [60_000n, 'min', '分钟'],
    [1_000n, 's', '秒'],
  ];
  const [unit, english, chinese] = units.find(([size]) => ms % size === 0n) ?? [1n, 'ms', '毫秒'];
  return `${count(ms / unit)}\u00a0${say(english, chinese)}`;
}

/** The middle left out. */
export function shortened(text: string, head = 8, tail = 6): string {
  return text.length <= head + tail + 1 ? text : `${text.slice(0, head)}\u2026${text.slice(-tail)}`;
}
