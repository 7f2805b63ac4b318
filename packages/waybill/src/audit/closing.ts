import { IndexSet } from '@waybill/core';
import { closingOf, nameToday } from '@waybill/core/internal';
import type { OnceKey } from '@waybill/core/internal';
import type { ActorHistory } from './actor-history';
import type { ParsedRow } from './parsed-row';
import { ViolationError } from './violation';

interface ClosingRow {
  readonly marks: readonly { readonly source: string; readonly type: string; readonly position: number }[];
  readonly keys: readonly {
    readonly type: string;
    readonly single: boolean;
    readonly indexes: [number, number][];
    readonly others: readonly OnceKey[];
  }[];
  readonly released: readonly string[];
}

/** The closing row is all that is still known of the actor, so it must hold what its rows say. @throws ViolationError `closing`, `rows` */
export function checkClosing(history: ActorHistory, parsed: ParsedRow): void {
  const { row } = parsed;
  const closing = closingRowOf(parsed);
  for (const { source, type, position } of history.marks) {
    const known = closing.marks.find((mark) => mark.source === source && mark.type === type)?.position;
    if (known === position) continue;
    throw new ViolationError(
      'closing',
      `it remembers ${type} up to position ${known ?? 'none'}, but position ${position} was taken in`,
      row,
    );
  }
  if (closing.marks.length > history.marks.length)
    throw new ViolationError('closing', 'it remembers messages that were never taken in', row);
  forgetsNothing(history, closing, parsed);
  history.closed = row.version;
  history.group = undefined;
  history.once = history.commands = history.pending = undefined;
}

/** A stream that begins with its closing row. @throws ViolationError `rows` */
export function beginAtClosing(history: ActorHistory, parsed: ParsedRow): void {
  const { marks, released } = closingRowOf(parsed);
  const { version, position } = parsed.row;
  for (const mark of marks) history.advance(mark.source, mark.type, mark.position, version);
  if (released.length > 0) history.released = new Map(released.map((key) => [key, version]));
  history.closed = history.from = version;
  [history.version, history.position] = [version, position];
}

function closingRowOf({ row }: ParsedRow): ClosingRow {
  try {
    const { marks, keys, released } = JSON.parse(row.data) as ClosingRow;
    if (Array.isArray(marks) && Array.isArray(keys) && Array.isArray(released)) return { marks, keys, released };
  } catch {
    // Reported below.
  }
  throw new ViolationError('rows', 'the closing row does not say what it remembers', row);
}

function forgetsNothing({ once, fold, definition }: ActorHistory, { keys }: ClosingRow, { row }: ParsedRow): void {
  const written = keys.map((known) => ({
    ...{ ...known, indexes: IndexSet.fromJSON(known.indexes) },
    type: definition ? nameToday(definition, known.type) : known.type,
  }));
  for (const [type, versions] of once ?? []) {
    const known = written.filter((one) => one.type === type);
    for (const [key, version] of versions) {
      const holds = ({ single, others, indexes }: (typeof written)[number]): boolean =>
        key === '' ? single : others.includes(key) || (typeof key === 'number' && indexes.has(key));
      if (known.some(holds)) continue;
      // The class may have changed its `once` while the actor was open: then the fold has other keys than the rows.
      if (fold && closingOf(fold.dedup) === row.data) return;
      throw new ViolationError(
        'closing',
        `it has forgotten the ${type} ${JSON.stringify(key)} that was taken in at version ${version}`,
        row,
      );
    }
  }
}
