import { isObject } from '../base/checks';
import { WaybillError } from '../base/errors';
import type { Copies, LogPart, Store } from './port';

/** The first line of a copy says this, and its last one how many parts came before. */
const FORMAT = 1;

/**
 * A whole log as lines of JSON: its rows under their positions, and checkpoints, snapshots and views, but no keys of personal data. Goes
 * on while others read and write the store, and says what stood there when it began.
 * @throws WaybillError `STORE_NOT_COPIED`
 */
export async function* exportLog(store: Store): AsyncGenerator<string> {
  const copies = copiesOf(store);
  yield `${JSON.stringify({ waybill: 'log', format: FORMAT })}\n`;
  let count = 0;
  for await (const parts of copies.parts()) {
    count += parts.length;
    yield parts.map((part) => `${JSON.stringify(part)}\n`).join('');
  }
  yield `${JSON.stringify({ end: count })}\n`;
}

/**
 * Fills an empty store with a copy: it is the copied log then, under its id and positions, so that nothing is taken in, sent or carried a
 * second time. Two copies must not go on side by side: end the one before the other starts. `texts` may be cut anywhere. All or nothing.
 * @throws WaybillError `COPY_DAMAGED`, `STORE_NOT_EMPTY`, `STORE_NOT_COPIED`
 */
export async function importLog(texts: AsyncIterable<string> | Iterable<string>, store: Store): Promise<void> {
  await copiesOf(store).fill(partsOf(texts));
}

function copiesOf({ copies }: Store): Copies {
  if (copies) return copies;
  throw new WaybillError(
    'STORE_NOT_COPIED',
    'this store cannot be copied under its id and positions',
    'copy logs in memory and of SQLite; a server gives positions itself: back it up by its own means',
  );
}

async function* partsOf(texts: AsyncIterable<string> | Iterable<string>): AsyncGenerator<readonly LogPart[]> {
  let [count, line] = [0, 0];
  let [end, position] = [undefined as number | undefined, 0];
  let rest = '';
  for await (const text of texts) {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    const parts: LogPart[] = [];
    for (const one of lines) {
      const value = parsed(one, ++line);
      if (end !== undefined) throw damaged(line, 'it stands after the end');
      if (line === 1) mustBegin(value);
      else if ('end' in value) end = value.end as number;
      else {
        const part = value as LogPart;
        if (line === 2 ? !('log' in part && typeof part.log === 'string') : !isPart(part, position))
          throw damaged(line, 'it is no part of a log');
        if ('row' in part) ({ position } = part.row);
        parts.push(part);
      }
    }
    count += parts.length;
    if (parts.length > 0) yield parts;
  }
  if (rest !== '' || end === undefined) throw damaged(line + 1, 'it ends before its end');
  if (end !== count) throw damaged(line, `it says that ${end} parts came before, and ${count} did`);
}

/** Enough to keep positions and versions right; texts are as they were. */
function isPart(part: LogPart, after: number): boolean {
  if (!('row' in part)) return 'start' in part || 'checkpoint' in part || 'snapshot' in part || 'view' in part;
  const { row } = part;
  const texts = [row.stream, row.type, row.id, row.data, row.meta].every((text) => typeof text === 'string');
  return texts && [row.version, row.position, row.time].every(Number.isSafeInteger) && row.position > after;
}

function mustBegin(value: object): void {
  const { waybill, format } = value as { readonly waybill?: unknown; readonly format?: unknown };
  if (waybill !== 'log') throw damaged(1, 'it is not the first line of a copy');
  if (format === FORMAT) return;
  throw new WaybillError(
    'COPY_NEWER',
    `the copy has format ${String(format)}, this version knows ${FORMAT}`,
    'update Waybill; nothing was written',
  );
}

function parsed(line: string, number: number): object {
  try {
    const value: unknown = JSON.parse(line);
    if (isObject(value)) return value;
  } catch {
    // The error would quote the line.
  }
  throw damaged(number, 'it is not an object of JSON');
}

function damaged(line: number, why: string): WaybillError {
  return new WaybillError(
    'COPY_DAMAGED',
    `line ${line} of the copy is not what exportLog() wrote: ${why}`,
    'export it again; nothing was written',
  );
}

export function notEmpty(id: string): WaybillError {
  return new WaybillError('STORE_NOT_EMPTY', `the store ${JSON.stringify(id)} holds rows already`, 'import into a new one');
}
