import { sameCause } from './actor-history';
import type { ActorHistory, Pending } from './actor-history';
import type { ParsedRow } from './parsed-row';
import { ViolationError } from './violation';

/**
 * A row that settles the open park or the pending deadline at version `of`, or notes a retry of it.
 * @throws ViolationError `parks`, `deadlines`
 */
export function settle(history: ActorHistory, parsed: ParsedRow): void {
  const { kind, meta, row, cause } = parsed;
  const { of = -1, by, park: note } = meta;
  const park = history.parks?.get(of);
  if (park) {
    if (!sameCause(park.cause, cause))
      throw new ViolationError('parks', `it releases the ${park.type} of version ${of}, but names another cause (id ${cause.id})`, row);
    if (kind === 'noted' && note === 'retried') return;
    history.parks?.delete(of);
    const [slot, pending] = history.pendingAt(of) ?? [];
    if (slot !== undefined && pending) settleDeadline(history, parsed, slot, pending);
    return;
  }
  if (history.isOfRow && kind === 'noted' && of < row.version) return;
  // Parked before the actor was closed; once it was settled, the row was truncated.
  if (by !== undefined && of >= 0 && of < history.from) return;
  const [slot, armed] = (kind === 'noted' ? undefined : history.pendingAt(of)) ?? [];
  if (slot === undefined || armed === undefined) {
    const what =
      by === undefined ? `the deadline of version ${of} is not pending` : `no message is parked at version ${of}, but ${by} releases it`;
    const why =
      by === undefined
        ? 'it has fired, was cancelled or set again before, or never was one'
        : 'it was released or skipped before, or never was one';
    throw new ViolationError(by === undefined ? 'deadlines' : 'parks', `${what}: ${why}`, row);
  }
  if (armed.id !== cause.id || armed.position !== cause.position)
    throw new ViolationError('deadlines', `it names another cause than the row of version ${of} that set it (id ${cause.id})`, row);
  settleDeadline(history, parsed, slot, armed);
}

/** One that is parked goes on to be pending: what is taken in meanwhile may cancel it. */
function settleDeadline(history: ActorHistory, { kind, meta, row: { version, position } }: ParsedRow, slot: string, armed: Pending): void {
  const { pending } = history;
  if (kind === 'took' && meta.discarded === undefined) history.fired = [...history.fired, { slot, due: armed.due, version, position }];
  if (kind === 'parked') pending?.set(slot, { ...armed, version, parked: true });
  else pending?.delete(slot);
}
