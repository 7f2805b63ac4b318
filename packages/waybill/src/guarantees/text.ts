import type { Yielding } from '@waybill/core';
import type { Guarantee, Guarantees } from './guarantees';
import type { InputGuarantee } from './inputs';

const COLUMNS = [
  ['consumer', 26],
  ['message', 20],
  ['what holds', 44],
  ['by which mechanism', 34],
  ['kept of each open actor', 26],
] as const;

/** A table for people, 160 characters wide; below it, for each consumer, what is kept and what would break it. */
export function guaranteesText({ promise, store, consumers }: Guarantees): string {
  const durable = store.durable === undefined ? '' : store.durable ? ' (durable)' : ' (not durable)';
  const rows = consumers.flatMap(rowsOf);
  const rule = `+${COLUMNS.map(([, width]) => '-'.repeat(width + 2)).join('+')}+`;
  return [
    ...wrapped(promise, 160),
    '',
    `Store ${store.id}${durable}: ${store.guarantee}.`,
    'What would break it:',
    ...store.breaks.map((one) => `  - ${one}`),
    '',
    rule,
    ...lines(COLUMNS.map(([title]) => title)),
    rule,
    ...rows.flatMap((row) => [...lines(row), rule]),
    '',
    ...consumers.flatMap(below),
  ].join('\n');
}

/** Messages with the same guarantee share a row. */
function alike(inputs: readonly InputGuarantee[]): (readonly [types: string, input: InputGuarantee])[] {
  const found = new Map<string, InputGuarantee[]>();
  for (const input of inputs) {
    const { holds, by, keeps } = input;
    const same = JSON.stringify([holds, by, keeps]);
    found.set(same, [...(found.get(same) ?? []), input]);
  }
  return [...found.values()].map((same) => [same.map(({ type }) => type).join(', '), same[0] as InputGuarantee]);
}

function rowsOf({ consumer, kind, inputs }: Guarantee): string[][] {
  return alike(inputs).map(([types, { holds, by, keeps }], i) => [i === 0 ? `${kind} ${consumer}` : '', types, holds, by, keeps]);
}

function below({ consumer, kind, holds, by, keeps, breaks, inputs, waits }: Guarantee): string[] {
  const list = (title: string, all: readonly string[]): string[] => [`  ${title}:`, ...all.map((one) => `    - ${one}`)];
  const ofInputs = alike(inputs).flatMap(([types, input]) => input.breaks.map((one) => `${types}: ${one}`));
  return [
    `${kind} ${consumer}: ${holds}`,
    `  by ${by}`,
    ...list('keeps', keeps),
    ...list('what would break it', [...breaks, ...ofInputs]),
    ...(waits.length > 0 ? list('waits for newer code', waits.map(waitText)) : []),
    '',
  ];
}

function waitText({ consumer, stream, needs, since, messages }: Yielding): string {
  const who = stream ?? `all of "${consumer}"`;
  return `${who}: needs ${needs}, since ${new Date(since).toISOString()}, ${messages} message${messages === 1 ? '' : 's'} in this process`;
}

/** One row of the table, as many lines as its longest cell has. */
function lines(cells: readonly string[]): string[] {
  const columns = COLUMNS.map(([, width], i) => wrapped(cells[i] ?? '', width));
  const height = Math.max(...columns.map(({ length }) => length));
  return Array.from(
    { length: height },
    (_, n) => `| ${columns.map((column, i) => (column[n] ?? '').padEnd(COLUMNS[i]?.[1] ?? 0)).join(' | ')} |`,
  );
}

/** At spaces; a longer word is cut. */
function wrapped(text: string, width: number): string[] {
  const found: string[] = [];
  let line = '';
  for (const word of text.split(' ').flatMap((one) => one.match(new RegExp(`.{1,${width}}`, 'gu')) ?? [''])) {
    if (line !== '' && line.length + 1 + word.length > width) {
      found.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...found, line];
}
