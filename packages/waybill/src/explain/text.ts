import type { Copy, Effect, Explanation, RowPlace, Told, Word } from './explanation';

/** For people: each copy of the message, what became of it at each consumer, and what it led to. */
export function explanationText({ id, store, position, copies, caused, more }: Explanation): string {
  if (copies.length === 0)
    return `No message ${id} in log ${store}, up to position ${position}: it was never appended, or the id is of another log.\n`;
  const many =
    copies.length > 1
      ? [`The log holds ${copies.length} copies under this id: each is a message of its own until a consumer takes it in.`, '']
      : [];
  return [
    ...many,
    ...copies.flatMap((copy) => [...ofCopy(id, copy), '']),
    ...(caused.length > 0
      ? ['It led to', ...caused.map(ofEffect), ...(more ? ['  … and more than is listed here'] : [])]
      : ['It led to nothing.']),
    '',
  ].join('\n');
}

function ofCopy(id: string, { kind, type, at, time, content, cause, told }: Copy): string[] {
  const where = at ? placed(at) : 'sent by a caller';
  const from = cause === undefined || !at ? '' : `, caused by ${cause}`;
  const head = [`${type} ${id} (${where}, ${when(time)}${from})`, `  ${content}`];
  if (kind === 'row') return [...head, `  is a row about message ${cause ?? ''}: ask for that id.`];
  if (told.length === 0) return [...head, '  None of these classes takes it.'];
  const again =
    kind === 'command' && !at ? ['  Sent again with this id: the same answer and no row; with other content: refused, and no row.'] : [];
  return [...head, ...told.flatMap(ofTold), ...again];
}

function ofTold({ consumer, kind, outcome, because, row, reason, attempts, first, diff = [], words = [] }: Told): string[] {
  const at = row ? `, at ${placed(row)}` : '';
  const tries = attempts === undefined ? '' : ` after ${attempts} attempts`;
  return [
    `  ${kind} ${consumer}: ${outcome}${tries}; ${because}${at}`,
    ...(reason === undefined ? [] : [`    reason: ${oneLine(reason)}`]),
    ...(first
      ? [`    first copy: ${first.position === undefined ? `version ${first.version}, truncated` : placed(first as RowPlace)}`]
      : []),
    ...diff.map(({ field, first: one = 'nothing', second = 'nothing' }) => `    ${field}: ${one} in the first copy, ${second} in this one`),
    ...words.map(ofWord),
  ];
}

function ofWord({ what, by, why, time, at, reason }: Word): string {
  const told = reason === undefined ? '' : ` (${oneLine(reason)})`;
  return `    ${what} by ${by || 'nobody'}, ${when(time)}: ${oneLine(why)}${told}; at ${placed(at)}`;
}

function ofEffect({ depth, kind, type, id, at }: Effect): string {
  const indent = '  '.repeat(depth);
  if (kind === 'taken' || kind === 'parked') return `${indent}  ${kind === 'taken' ? 'taken in' : 'parked'} at ${placed(at)}`;
  if (kind === 'closed') return `${indent}the end of ${at.stream}, at version ${at.version}, position ${at.position}`;
  return `${indent}${kind === 'deadline' ? `the deadline ${type}` : type} ${id} (${placed(at)})`;
}

function placed({ stream, version, position }: RowPlace): string {
  return `${stream} version ${version}, position ${position}`;
}

function when(time: number): string {
  return Number.isFinite(time) && Math.abs(time) < 8.64e15 ? new Date(time).toISOString() : String(time);
}

function oneLine(text: string): string {
  return text.replace(/\s*\n\s*/g, ' ');
}
