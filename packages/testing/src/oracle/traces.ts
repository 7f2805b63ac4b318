import type { Recorded } from '@waybill/core';

/** The durable traces of handlers, projections and clocks. */
export class Traces {
  /** By consumer and position: messages that it has parked, and attempts that it has marked. */
  readonly parked = new Set<string>();
  readonly marked = new Set<string>();
  /** By handler and position: calls to the outside that succeeded, and how often each was begun. */
  readonly carried = new Set<string>();
  readonly begun = new Map<string, number>();
  /** How often operators have asked for another one, and whether one is under way. */
  readonly retries = new Map<string, number>();
  readonly underWay = new Map<string, () => boolean>();
  /** Position of each row of a read model. */
  readonly views = new Map<string, number>();
  /** By saga and position: rows that set a deadline and are in a bucket. */
  readonly kept = new Set<string>();

  /** A row of a view was written; a new generation of it begins anew. */
  reached(view: string, key: string, position: number): void {
    const row = `${view.replace(/~\d+$/, '')}-${key}`;
    this.views.set(row, Math.max(position, this.views.get(row) ?? 0));
  }

  /** A row of a stream that belongs to no actor. */
  take({ stream, meta }: Recorded): void {
    const [, consumer, row, what, position] = /^([^:]+):(?:(row)-.*|(parked|due)?-?([\d.]*))$/s.exec(stream) ?? [];
    if (consumer === undefined) return;
    const own = row !== undefined || what === 'due' || position === '';
    const at = own ? (JSON.parse(meta) as { cause?: { position: number } }).cause?.position : position;
    (what === 'due' ? this.kept : what === 'parked' || row ? this.parked : this.marked).add(`${consumer} ${at}`);
  }
}
