// A message field by field, as its definition has them: each with its name, its unit and, of a choice, its word.
import { type decode, toHex } from 'pcq-client';
import { type ComponentChildren } from 'preact';

import { type Chain } from '../core/chain.js';
import { count, decimal, duration, share, time, wholeMass, wholeMoney, wholePrice } from '../text/format.js';
import { choiceName, fieldName } from '../text/names.js';
import { say } from '../text/say.js';
import { Facts, Id } from './parts.js';
import { Who } from './words.js';

type Schema = Parameters<typeof decode>[0];
type Field = Schema['fields'][number];
interface Message {
  readonly [name: string]: unknown;
}

const shownMax = 50; // entries of a list
const bytesMax = 64; // longer ones are told by their size
const none = '\u2013';

export function FieldList({ chain, schema, of }: { chain: Chain; schema: Schema; of: object }) {
  return (
    <Facts
      rows={schema.fields.map((field) => {
        const value = valueIn(of as Message, field);
        return (
          value !== undefined && [
            fieldName(schema.name, field.localName),
            <Value {...{ chain, field, value }} />,
          ]
        );
      })}
    />
  );
}

// Of several fields of which a message has one, that one; nothing where a field is not given.
function valueIn(message: Message, field: Field): unknown {
  if (field.oneof === undefined) return message[field.localName];
  const chosen = message[field.oneof.localName] as { case?: string; value?: unknown };
  return chosen.case === field.localName ? chosen.value : undefined;
}

interface ValueProps {
  chain: Chain;
  field: Field;
  value: unknown;
}

function Value({ chain, field, value }: ValueProps): ComponentChildren {
  if (!Array.isArray(value)) return <One {...{ chain, field, value }} />;
  if (value.length === 0) return none;
  const entries: unknown[] = value;
  return (
    <ol class="entries">
      {entries.slice(0, shownMax).map((entry, i) => (
        <li key={i}>
          <One {...{ chain, field, value: entry }} />
        </li>
      ))}
      {entries.length > shownMax && (
        <li class="dim">
          {say(`and ${count(entries.length - shownMax)} more`, `另有 ${count(entries.length - shownMax)} 条`)}
        </li>
      )}
    </ol>
  );
}

function One({ chain, field, value }: ValueProps): ComponentChildren {
  const name = field.localName;
  if (field.message !== undefined)
    return <FieldList chain={chain} schema={field.message} of={value as object} />;
  if (field.enum !== undefined) return choiceName(field.enum.typeName, value as number);
  if (value instanceof Uint8Array) return <Bytes {...{ chain, name, value }} />;
  if (typeof value === 'bigint') return amount(name, value);
  if (typeof value === 'boolean') return value ? say('yes', '是') : say('no', '否');
  if (typeof value === 'number') return name === 'period' ? String(value) : count(value);
  return value === '' ? none : String(value);
}

const accounts = ['account', 'to', 'from', 'seller', 'buyer', 'meter', 'heir'];

function Bytes({ chain, name, value }: { chain: Chain; name: string; value: Uint8Array }) {
  if (value.length === 0) return <>{none}</>;
  if (value.length === 32 && accounts.includes(name)) return <Who chain={chain} id={value} />;
  if (value.length > bytesMax)
    return <>{say(`${count(value.length)} bytes`, `${count(value.length)} 字节`)}</>;
  return <Id text={toHex(value)} />;
}

const durations = ['graceMs', 'instalmentMs', 'trustDelayMs', 'pauseMaxMs'];

// By the unit that the name ends in.
function amount(name: string, value: bigint): string {
  if (name === 'grams' || name.endsWith('G')) return wholeMass(value);
  if (name.endsWith('UyPerKg')) return wholePrice(value);
  if (name.endsWith('Uy')) return wholeMoney(value);
  if (name.endsWith('Ppb')) return share(value);
  if (name.endsWith('Nano')) return decimal(value, 9, 9);
  if (name === 'avoidedMgPerUnit') return `${decimal(value, 6, 6)}\u00a0kg`;
  if (name === 'abatementEase') return `${decimal(value, 3, 3)}\u00a0kg\u00b2/\u00a5`;
  if (!name.endsWith('Ms')) return count(value);
  if (value === 0n) return none;
  return durations.includes(name) ? duration(value) : time(value);
}
