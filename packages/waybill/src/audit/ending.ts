import { closingOf, IndexSet } from '@waybill/core';
import type { OnceKey } from '@waybill/core';
import type { Book } from './book';
import type { Line } from './line';
import { Found } from './violation';

interface Ending {
  readonly marks: readonly { readonly source: string; readonly type: string; readonly position: number }[];
  readonly keys: readonly {
    readonly type: string;
    readonly single: boolean;
    readonly indexes: [number, number][];
    readonly others: readonly OnceKey[];
  }[];
  readonly released: readonly string[];
}

/** The closing row holds all that is still known of the actor: it must know what its rows say. @throws Found `closing`, `rows` */
export function close(book: Book, line: Line): void {
  const { row } = line;
  const ending = endingOf(line);
  for (const { source, type, position } of book.marks) {
    const told = ending.marks.find((mark) => mark.source === source && mark.type === type)?.position;
    if (told === position) continue;
    throw new Found('closing', `it remembers ${type} up to position ${told ?? 'none'}, and position ${position} was taken in`, row);
  }
  if (ending.marks.length > book.marks.length) throw new Found('closing', 'it remembers messages that were never taken in', row);
  forgetsNothing(book, ending, line);
  book.closed = row.version;
  book.group = undefined;
  book.once = book.commands = book.pending = undefined;
}

/** A stream that begins with its closing row. @throws Found `rows` */
export function beginClosed(book: Book, line: Line): void {
  const { marks, released } = endingOf(line);
  const { version, position } = line.row;
  for (const mark of marks) book.see(mark.source, mark.type, mark.position, version);
  if (released.length > 0) book.released = new Map(released.map((key) => [key, version]));
  book.closed = version;
  [book.version, book.position] = [version, position];
}

function endingOf({ row }: Line): Ending {
  try {
    const { marks, keys, released } = JSON.parse(row.data) as Ending;
    if (Array.isArray(marks) && Array.isArray(keys) && Array.isArray(released)) return { marks, keys, released };
  } catch {
    // Told below.
  }
  throw new Found('rows', 'the closing row does not say what it remembers', row);
}

function forgetsNothing({ once, fold }: Book, { keys }: Ending, { row }: Line): void {
  for (const [type, versions] of once ?? []) {
    const known = keys.find((one) => one.type === type);
    const indexes = known && IndexSet.fromJSON(known.indexes);
    for (const [key, version] of versions) {
      if (key === '' ? known?.single : known?.others.includes(key) || (typeof key === 'number' && indexes?.has(key))) continue;
      // The class may have learned another `once` while the actor was open: then its rows make other keys.
      if (fold && closingOf(fold.dedup) === row.data) return;
      throw new Found('closing', `it has forgotten the ${type} ${JSON.stringify(key)} that was taken in at version ${version}`, row);
    }
  }
}
