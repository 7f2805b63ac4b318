import { sameCause } from './book';
import type { Book } from './book';
import type { Line } from './line';
import { Found } from './violation';

/** A row that settles, or only notes, the open park or the pending deadline at version `of`. @throws Found `parks`, `deadlines` */
export function settle(book: Book, { kind, meta, row, cause }: Line): void {
  const { of = -1, by, park: note } = meta;
  const park = book.parks?.get(of);
  if (park) {
    if (!sameCause(park.cause, cause))
      throw new Found('parks', `it releases the ${park.type} of version ${of}, but names another cause (id ${cause.id})`, row);
    if (kind !== 'noted' || note !== 'retried') book.parks?.delete(of);
    return;
  }
  if (book.isOfRow && kind === 'noted' && of < row.version) return;
  const [slot, armed] = (kind === 'noted' ? undefined : book.pendingAt(of)) ?? [];
  if (slot === undefined || armed === undefined) {
    const what =
      by === undefined ? `the deadline of version ${of} is not pending` : `no message is parked at version ${of}, and ${by} releases it`;
    const why =
      by === undefined ? 'it has fired, was taken back or set anew before, or is none' : 'it was released or skipped before, or is none';
    throw new Found(by === undefined ? 'deadlines' : 'parks', `${what}: ${why}`, row);
  }
  if (armed.id !== cause.id || armed.position !== cause.position)
    throw new Found('deadlines', `it names another cause than the row of version ${of} that set it (id ${cause.id})`, row);
  book.pending?.delete(slot);
}
