import { parkStream, readMessage, streamOf } from '@waybill/core';
import type { ActorDefinition, Recorded } from '@waybill/core';
import type { Reader } from '../base/readers';

export interface Waiting {
  readonly stream: string;
  readonly type: string;
}

/** The messages that wait for a row of one class, by position and by stream. */
export class WaitingRoom {
  readonly waiting = new Map<number, Waiting>();
  readonly streams = new Map<string, Set<number>>();

  constructor(
    readonly reader: Reader,
    readonly definition: ActorDefinition,
  ) {}

  /** Where a row of this message has to be; undefined when it is for none of this class. */
  streamOf(row: Recorded): string | undefined {
    const known = this.definition.takings.get(row.type)?.message;
    if (!known) return undefined;
    const { message, unchecked } = readMessage(known, row, 'park');
    const subject = message ?? unchecked;
    const keyless = parkStream(this.definition.name);
    try {
      return (subject && streamOf(this.definition, subject)) ?? (message ? undefined : keyless);
    } catch {
      return keyless;
    }
  }

  add(position: number, one: Waiting): void {
    this.waiting.set(position, one);
    const same = this.streams.get(one.stream);
    if (same) same.add(position);
    else this.streams.set(one.stream, new Set([position]));
  }

  remove(position: number): void {
    const one = this.waiting.get(position);
    const same = one && this.streams.get(one.stream);
    this.waiting.delete(position);
    same?.delete(position);
    if (one && same?.size === 0) this.streams.delete(one.stream);
  }
}
