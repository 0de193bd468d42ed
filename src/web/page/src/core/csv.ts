// Tables as CSV (RFC 4180), with what they are proven by in the first columns of every line: chain, block and its hash.
import { type Header, toHex } from 'pcq-client';

import { type Chain } from './chain.js';

type Cell = string | number | bigint;

function cell(value: Cell): string {
  const text = String(value);
  // A leading sign or equals would be a formula to a spreadsheet; numbers may have theirs.
  const safe = typeof value === 'string' && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replace(/"/g, '""')}"` : safe;
}

export function csv(chain: Chain, header: Header, columns: string[], rows: Cell[][]): string {
  const proof: Cell[] = [chain.id, header.height, toHex(header.hash)];
  const lines = [['chain_id', 'height', 'header_hash', ...columns], ...rows.map((row) => [...proof, ...row])];
  return lines.map((line) => `${line.map(cell).join(',')}\r\n`).join('');
}
