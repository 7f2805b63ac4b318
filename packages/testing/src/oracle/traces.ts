import type { Recorded } from '@waybill/core';

/** What handlers and projections leave behind, as far as it is durable. */
export class Traces {
  /** Handler or projection and position of what it has parked, and of the attempts that it has marked. */
  readonly parked = new Set<string>();
  readonly marked = new Set<string>();
  /** Calls to the outside that ended well, and how often each was begun. */
  readonly carried = new Set<string>();
  readonly begun = new Map<string, number>();
  /** Position of each row of a read model. */
  readonly views = new Map<string, number>();

  /** Saga and position of each row that sets a deadline and stands in a bucket. */
  readonly kept = new Set<string>();

  /** Rows of streams that belong to no actor. */
  take({ stream, meta }: Recorded): void {
    const [, consumer, row, what, position] = /^([^:]+):(?:(row)-.*|(parked|due)?-?(\d*))$/s.exec(stream) ?? [];
    if (consumer === undefined) return;
    const own = row !== undefined || what === 'due' || position === '';
    const at = own ? (JSON.parse(meta) as { cause?: { position: number } }).cause?.position : position;
    (what === 'due' ? this.kept : what === 'parked' || row ? this.parked : this.marked).add(`${consumer} ${at}`);
  }
}
