import type { Recorded, Runtime, Store } from '@waybill/core';
import { applyRow, Delivery, emptyFold, metaOf, readMessage, step } from '@waybill/core/internal';
import type { ActorDefinition } from '@waybill/core/internal';
import type { ActorHistory, Fired } from './actor-history';
import type { ParsedRow } from './parsed-row';
import { ViolationError } from './violation';

/** Clocks of two machines, and the time on the way to the log, may make so many milliseconds of difference: less proves nothing. */
const MARGIN = 200;
const nobody = { done: () => undefined, failed: () => undefined };

/**
 * A deadline that has fired although a message that would have cancelled it stood in the log by then, and was in time. It shows
 * when that message is taken in afterwards; what its method would have done is decided again, on the state before the deadline.
 */
export class InTime {
  constructor(
    private readonly store: Store,
    private readonly runtime: Runtime,
  ) {}

  /** To be called with each row that takes a message in, and with the row of its cause. @throws ViolationError `deadlines` */
  async took(history: ActorHistory, { row, cause, meta }: ParsedRow, source: Recorded | undefined): Promise<void> {
    const { definition, fired } = history;
    if (!definition || fired.length === 0 || meta.of !== undefined || meta.from !== undefined || cause.source !== this.store.id) return;
    // Messages are taken in the order of the log: what is newer than a deadline says nothing about it, nor does what follows.
    history.fired = fired.filter(({ position }) => cause.position < position);
    for (const one of history.fired) {
      if (!source || source.time > one.due - MARGIN || !(await this.wouldEnd(definition, one, source, row.stream))) continue;
      const what = `the deadline ${one.slot.trim()} fired although the ${source.type} at position ${source.position} stood in the log in time, and ends it`;
      throw new ViolationError('deadlines', what, { stream: row.stream, version: one.version, position: one.position });
    }
  }

  /** Whether this message, taken in before the deadline, would have cancelled it, set it anew or closed the saga. */
  private async wouldEnd(definition: ActorDefinition, { slot, version }: Fired, first: Recorded, stream: string): Promise<boolean> {
    const fold = emptyFold(definition, stream);
    try {
      for (let from = 0; from < version;) {
        const rows = await this.store.read(stream, from, Math.min(1_000, version - from));
        if (rows[0]?.version !== from) return false;
        for (const row of rows) applyRow(definition, fold, row, this.runtime);
        from += rows.length;
      }
      const later = await this.store.read(stream, version, 1_000);
      for (const row of later) {
        const { cause, of } = metaOf(row);
        const isInput = row.type.startsWith('took:') && of === undefined && cause?.source === this.store.id;
        if (!isInput || cause.position > first.position) continue;
        const source = cause.position === first.position ? first : await this.store.rowAt(cause.position);
        if (source && this.ends(definition, fold, source, slot, stream)) return source === first;
        if (source === first) return false;
      }
      return false;
    } catch {
      // Today's code cannot tell.
      return false;
    }
  }

  private ends(definition: ActorDefinition, fold: ReturnType<typeof emptyFold>, source: Recorded, slot: string, stream: string): boolean {
    const known = definition.inputs.get(source.type)?.message;
    const { message, invalid } = known ? readMessage(known, source) : { message: undefined, invalid: '' };
    if (!known || !message) return false;
    const { id, position, time, data: raw } = source;
    const what = { type: known.messageType, stream, cause: { id, source: this.store.id, position }, time, message, invalid, raw };
    const { entries } = step({ definition, runtime: this.runtime }, fold, Delivery.fromLog({ ...what, receiver: nobody }));
    return entries.some((one) => one.kind === 'closed' || ((one.kind === 'cancelled' || one.kind === 'armed') && isSlot(one, slot)));
  }
}

function isSlot({ type, key }: { readonly type: string; readonly key: string }, slot: string): boolean {
  return `${type} ${key}` === slot;
}
