import type { Recorded } from '@waybill/core';
import { parkStream, readMessage, streamOf } from '@waybill/core/internal';
import type { ActorDefinition } from '@waybill/core/internal';
import type { Reader } from '../base/readers';

export interface UntracedMessage {
  readonly stream: string;
  readonly type: string;
}

/** The messages that no row of one class mentions yet, by position and by stream. */
export class UntracedMessages {
  readonly messages = new Map<number, UntracedMessage>();
  readonly byStream = new Map<string, Set<number>>();

  constructor(
    readonly reader: Reader,
    readonly definition: ActorDefinition,
  ) {}

  /** The stream that must hold a row of this message; undefined if it is for no actor of this class. */
  streamOf(row: Recorded): string | undefined {
    const known = this.definition.inputs.get(row.type)?.message;
    if (!known) return undefined;
    const { message, unchecked, newer } = readMessage(known, row);
    if (newer) return undefined;
    const subject = message ?? unchecked;
    const keyless = parkStream(this.definition.name);
    try {
      return (subject && streamOf(this.definition, subject)) ?? (message ? undefined : keyless);
    } catch {
      return keyless;
    }
  }

  add(position: number, one: UntracedMessage): void {
    this.messages.set(position, one);
    const same = this.byStream.get(one.stream);
    if (same) same.add(position);
    else this.byStream.set(one.stream, new Set([position]));
  }

  remove(position: number): void {
    const one = this.messages.get(position);
    const same = one && this.byStream.get(one.stream);
    this.messages.delete(position);
    same?.delete(position);
    if (one && same?.size === 0) this.byStream.delete(one.stream);
  }
}
