import { IndexSet } from '@waybill/core';

const WIDTH = 80;
const MAX_LINES = 200;

/**
 * The text of a value, as readable JSON: keys sorted, `undefined` fields left out, an IndexSet as its ranges.
 * Two values are equal for spec if and only if their texts are.
 */
export function print(value: unknown, indent = ''): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'function') return `<function ${value.name}>`;
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value !== 'object' || value === null) return value === 0 ? '0' : String(value);
  if (value instanceof IndexSet) return `IndexSet(${value.ranges.map(([a, b]) => (a === b ? `${a}` : `${a}-${b}`)).join(', ')})`;
  if (value instanceof Date) return `<Date ${value.getTime()}>`;
  if (indent.length > 256) return '<nested too deep>';
  if (value instanceof Map) return `Map ${print([...(value as Map<unknown, unknown>)], indent)}`;
  const inner = `${indent}  `;
  if (Array.isArray(value)) {
    return enclose(
      '[',
      Array.from(value, (item) => print(item, inner)),
      ']',
      indent,
    );
  }
  const fields = Object.entries(value)
    .filter(([, field]) => field !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, field]) => `${JSON.stringify(key)}: ${print(field, inner)}`);
  return `${nameOf(value)}${enclose('{', fields, '}', indent)}`;
}

function enclose(open: string, items: readonly string[], close: string, indent: string): string {
  const line = `${open}${items.length > 0 && open === '{' ? ' ' : ''}${items.join(', ')}${items.length > 0 && open === '{' ? ' ' : ''}${close}`;
  if (line.length <= WIDTH && !line.includes('\n')) return line;
  return `${open}\n${items.map((item) => `${indent}  ${item}`).join(',\n')}\n${indent}${close}`;
}

function nameOf(value: object): string {
  const prototype = Object.getPrototypeOf(value) as object | null;
  if (prototype === null || Object.getPrototypeOf(prototype) === null) return '';
  return `${(value as { type?: unknown }).type ? String((value as { type: unknown }).type) : value.constructor.name} `;
}

/** Both texts line by line: what only the first has is marked `-`, what only the second has `+`. */
export function diff(expected: string, came: string): string {
  const [a, b] = [expected.split('\n').slice(0, MAX_LINES), came.split('\n').slice(0, MAX_LINES)];
  // common[i][j]: length of the longest common subsequence of a from i and b from j.
  const common = Array.from({ length: a.length + 1 }, () => new Array<number>(b.length + 1).fill(0));
  const at = (i: number, j: number): number => common[i]?.[j] ?? 0;
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      (common[i] as number[])[j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  const lines: string[] = [];
  for (let i = 0, j = 0; i < a.length || j < b.length;) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      lines.push(`    ${a[i]}`);
      i++;
      j++;
    } else if (i < a.length && (j >= b.length || at(i + 1, j) >= at(i, j + 1))) lines.push(`  - ${a[i++]}`);
    else lines.push(`  + ${b[j++]}`);
  }
  return lines.join('\n');
}
