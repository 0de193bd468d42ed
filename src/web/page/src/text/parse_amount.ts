// Amounts as people type them.

/**
 * What somebody types: kilograms with at most three decimals, yuan with at most six. A comma groups digits, as on this page,
 * and is no decimal point: 1,000 is a thousand, and 1,5 is no amount. Nothing: it is no amount.
 */
export function parseAmount(text: string, scale: number): bigint | undefined {
  const plain = text
    .trim()
    .replace(/^\d{1,3}(?:([,'\s])\d{3})(?:\1\d{3})*(?=\.|$)/, (whole) => whole.replace(/\D/g, ''));
  const found = /^(\d{1,15})(?:\.(\d+))?$/.exec(plain);
  if (found === null || (found[2] ?? '').length > scale) return undefined;
  return BigInt(found[1]!) * 10n ** BigInt(scale) + BigInt((found[2] ?? '').padEnd(scale, '0') || '0');
}
