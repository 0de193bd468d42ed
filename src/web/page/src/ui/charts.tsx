// Charts as SVG of our own. Each has a text that says what it shows; the numbers stand in a table beside or below.
import { type ComponentChildren } from 'preact';

const width = 640;

interface Series {
  name: string;
  tone: string; // class of the line or bars
  values: (number | undefined)[];
}
interface PlotProps {
  label: string;
  series: Series[];
  ticks: string[]; // below, one for each value
  format: (value: number) => string;
  height?: number;
  kind?: 'line' | 'steps' | 'bars' | 'stack';
}

function niceMax(most: number): number {
  if (!(most > 0)) return 1;
  const unit = 10 ** Math.floor(Math.log10(most));
  return [1, 1.2, 1.6, 2, 2.4, 3.2, 4, 6, 8, 10].map((n) => n * unit).find((n) => n >= most) ?? most;
}

/** Values over time, from zero up. */
export function Plot({ label, series, ticks, format, height = 220, kind = 'line' }: PlotProps) {
  const pad = { left: 72, right: 12, top: 10, bottom: 24 };
  const columns = ticks.length;
  const stacked = ticks.map((_, i) => series.reduce((sum, { values }) => sum + (values[i] ?? 0), 0));
  const flat = series.flatMap(({ values }) => values.filter((v): v is number => v !== undefined));
  const most = niceMax(Math.max(0, ...(kind === 'stack' ? stacked : flat)));
  const inner = { w: width - pad.left - pad.right, h: height - pad.top - pad.bottom };
  const slot = inner.w / Math.max(1, columns);
  const x = (i: number) =>
    kind === 'bars' || kind === 'stack'
      ? pad.left + slot * (i + 0.5)
      : pad.left + (columns < 2 ? inner.w / 2 : (inner.w * i) / (columns - 1));
  const y = (value: number) => pad.top + inner.h * (1 - value / most);
  const every = Math.ceil(columns / 12);
  return (
    <figure class="plot">
      <svg
        viewBox={`0 0 ${width} ${height}`}
        role="img"
        aria-label={label}
        preserveAspectRatio="xMidYMid meet"
      >
        {[0, 0.25, 0.5, 0.75, 1].map((part) => (
          <g key={part} class="grid">
            <line x1={pad.left} x2={width - pad.right} y1={y(part * most)} y2={y(part * most)} />
            <text x={pad.left - 8} y={y(part * most) + 4} text-anchor="end">
              {format(part * most)}
            </text>
          </g>
        ))}
        {ticks.map(
          (tick, i) =>
            i % every === 0 && (
              <text key={i} class="tick" x={x(i)} y={height - 6} text-anchor="middle">
                {tick}
              </text>
            ),
        )}
        {kind === 'bars' && <Bars series={series} x={x} y={y} slot={slot} />}
        {kind === 'stack' && <Stack series={series} x={x} y={y} slot={slot} />}
        {(kind === 'line' || kind === 'steps') &&
          series.map((one) => <Line key={one.name} of={one} x={x} y={y} steps={kind === 'steps'} />)}
      </svg>
      <Legend of={series} />
    </figure>
  );
}

interface Drawn {
  series: Series[];
  x: (i: number) => number;
  y: (value: number) => number;
  slot: number;
}
function Bars({ series, x, y, slot }: Drawn) {
  const wide = Math.min(26, (slot * 0.72) / series.length);
  return (
    <>
      {series.map(({ name, tone, values }, s) =>
        values.map(
          (value, i) =>
            value !== undefined && (
              <rect
                key={`${name}${i}`}
                class={`bar ${tone}`}
                x={x(i) + (s - series.length / 2) * wide}
                y={y(value)}
                width={Math.max(1, wide - 1)}
                height={Math.max(0, y(0) - y(value))}
                rx={Math.min(2, wide / 3)}
              />
            ),
        ),
      )}
    </>
  );
}
function Stack({ series, x, y, slot }: Drawn) {
  const wide = Math.min(30, slot * 0.74);
  const columns = series[0]?.values.length ?? 0;
  return (
    <>
      {Array.from({ length: columns }, (_, i) => {
        let below = 0;
        return series.map(({ name, tone, values }) => {
          const from = below;
          below += values[i] ?? 0;
          return (
            <rect
              key={`${name}${i}`}
              class={`bar ${tone}`}
              x={x(i) - wide / 2}
              y={y(below)}
              width={wide}
              height={Math.max(0, y(from) - y(below))}
            />
          );
        });
      })}
    </>
  );
}
function Line({
  of,
  x,
  y,
  steps,
}: {
  of: Series;
  x: (i: number) => number;
  y: (v: number) => number;
  steps: boolean;
}) {
  const points = of.values.flatMap((value, i) => (value === undefined ? [] : [[x(i), y(value)] as const]));
  if (points.length === 0) return null;
  const path = points
    .map(([px, py], i) => (i === 0 ? `M${px} ${py}` : steps ? `H${px}V${py}` : `L${px} ${py}`))
    .join('');
  const last = points.at(-1)!;
  return (
    <g class={`line ${of.tone}`}>
      <path d={path} />
      {points.length < 30 && points.map(([px, py], i) => <circle key={i} cx={px} cy={py} r={2.6} />)}
      <circle class="last" cx={last[0]} cy={last[1]} r={4} />
    </g>
  );
}

export function Legend({ of }: { of: { name: string; tone: string }[] }) {
  return (
    <figcaption class="legend">
      {of.map(({ name, tone }) => (
        <span key={name} class={tone}>
          <i aria-hidden="true" />
          {name}
        </span>
      ))}
    </figcaption>
  );
}

/** A curve in the unit square: shares of people against shares of what they have. */
export function Curves({
  label,
  curves,
}: {
  label: string;
  curves: { name: string; tone: string; points: [number, number][] }[];
}) {
  const size = 300;
  const pad = 30;
  const at = (v: number) => pad + v * (size - pad - 14);
  const up = (v: number) => size - pad - v * (size - pad - 14);
  return (
    <figure class="plot square">
      <svg viewBox={`0 0 ${size} ${size}`} role="img" aria-label={label}>
        <g class="grid">
          {[0, 0.25, 0.5, 0.75, 1].map((v) => (
            <g key={v}>
              <line x1={at(v)} x2={at(v)} y1={up(0)} y2={up(1)} />
              <line x1={at(0)} x2={at(1)} y1={up(v)} y2={up(v)} />
              <text x={at(v)} y={size - 12} text-anchor="middle">
                {v * 100}
              </text>
              <text x={pad - 6} y={up(v) + 4} text-anchor="end">
                {v * 100}
              </text>
            </g>
          ))}
          <line class="even" x1={at(0)} y1={up(0)} x2={at(1)} y2={up(1)} />
        </g>
        {curves.map(({ name, tone, points }) => (
          <g key={name} class={`line ${tone}`}>
            <path
              d={points
                .map(([px, py], i) => `${i === 0 ? 'M' : 'L'}${at(px).toFixed(1)} ${up(py).toFixed(1)}`)
                .join('')}
            />
          </g>
        ))}
      </svg>
      <Legend of={curves} />
    </figure>
  );
}

/** Bars of what happened lately, without axes. */
export function Spark({ values, label }: { values: number[]; label: string }) {
  const most = Math.max(1, ...values);
  const wide = 240 / Math.max(1, values.length);
  return (
    <svg class="spark" viewBox="0 0 240 44" role="img" aria-label={label} preserveAspectRatio="none">
      {values.map((value, i) => {
        const tall = value === 0 ? 1.5 : 4 + (38 * value) / most;
        return (
          <rect
            key={i}
            x={i * wide + 0.5}
            y={44 - tall}
            width={Math.max(0.8, wide - 1)}
            height={tall}
            class={value === 0 ? 'none' : ''}
          />
        );
      })}
    </svg>
  );
}

/** A part of a whole, as a bar with its parts named below. */
export function Parts({
  label,
  parts,
  children,
}: {
  label: string;
  parts: { name: string; tone: string; value: number }[];
  children?: ComponentChildren;
}) {
  const whole = parts.reduce((sum, { value }) => sum + value, 0) || 1;
  let at = 0;
  return (
    <figure class="parts">
      <svg viewBox="0 0 1000 22" role="img" aria-label={label} preserveAspectRatio="none">
        {parts.map(({ name, tone, value }) => {
          const from = at;
          at += (1000 * value) / whole;
          return (
            <rect
              key={name}
              class={`bar ${tone}`}
              x={from}
              y={0}
              width={Math.max(0, at - from)}
              height={22}
            />
          );
        })}
      </svg>
      <Legend of={parts} />
      {children}
    </figure>
  );
}
