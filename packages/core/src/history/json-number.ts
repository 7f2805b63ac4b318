/** I3: two texts with different numbers never become one content. */

/**
 * The first number of a JSON text that `JSON.parse` would change to another whole number: an id of 64 bits, say. Digits behind
 * the decimal point are not looked at: there a number is approximate in every language.
 */
export function roundedNumber(text: string): string | undefined {
  // No number of up to 15 digits is rounded.
  if (!/[\d.]{16}/.test(text)) return undefined;
  for (const [token] of text.matchAll(/"[^"\\]*(?:\\.[^"\\]*)*"|-?\d[\d.eE+-]*/g)) {
    if (token.startsWith('"')) continue;
    const value = Number(token);
    if (Math.abs(value) > Number.MAX_SAFE_INTEGER && decimalOf(String(value)) !== decimalOf(token)) return token;
  }
  return undefined;
}

/** Equal for two numerals of one value. */
function decimalOf(numeral: string): string {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]?\d+))?$/i.exec(numeral) ?? [];
  const digits = whole + fraction;
  let [first, end] = [0, digits.length];
  while (digits[first] === '0') first++;
  while (end > first && digits[end - 1] === '0') end--;
  return `${sign}${digits.slice(first, end)}e${Number(exponent) - fraction.length + digits.length - end}`;
}
