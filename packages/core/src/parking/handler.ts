import type { ActorDefinition, HandlerDefinition } from '../actors/definition';
import { WaybillError, describe } from '../base/errors';
import type { Setting } from '../flow/context';
import type { Release } from '../flow/delivery';
import { Flow } from '../flow/flow';
import { publish } from '../flow/outcome';
import type { Result } from '../flow/outcome';
import { load } from '../history/replay';
import { readMessage } from '../history/read-message';
import { metaOf } from '../history/codec';
import { PARKED } from '../store/hidden-rows';
import type { AnyMessageClass, Message } from '../messages/message';
import type { Recorded } from '../store/port';
import { notParked, parkedMessage, parkedRows, rowAt } from './parked-message';
import type { ParkedMessage, ParkingLot, Released, Signature } from './parked-message';
import { Releases } from './release';

/** Each message has a park stream to itself: they are parked in any order, and one watermark would take an earlier one for seen. */
export function parkStreamOf(consumer: string, position: number): string {
  return `${consumer}:parked-${position}`;
}

/** The definition of a flow that takes nothing. */
const nothing = (name: string): ActorDefinition => ({
  ...{ kind: 'saga', name, lifecycle: undefined, takings: new Map(), folds: new Map(), sends: new Map(), options: {} },
  initial: () => null,
  key: () => undefined,
});

/** Parks whatever it is given, once per position. */
export function parkingOf(name: string, { store, runtime, limits, fatal }: Setting): Flow {
  return new Flow(nothing(name), store, runtime, limits, () => false, fatal);
}

/** What operators do with events that a handler could not carry: a retry is another call, and a row whatever comes of it. */
export class CallParking implements ParkingLot {
  private readonly releases: Releases;

  constructor(
    private readonly definition: HandlerDefinition,
    flow: Flow,
    private readonly setting: Setting,
  ) {
    this.releases = new Releases(flow, setting, (delivery, ending) => publish(setting.outcomes, definition.name, delivery, ending));
  }

  owns(stream: string): boolean {
    return stream.startsWith(`${this.definition.name}:parked-`);
  }

  async *list(): AsyncGenerator<ParkedMessage> {
    for await (const row of parkedRows(this.setting.store, [...this.definition.calls.keys()], (stream) => this.owns(stream))) {
      if (await this.isOpen(row.stream, row.version)) yield parkedMessage(this.definition.name, row);
    }
  }

  async retry(stream: string, version = 0, signature: Signature): Promise<Released> {
    const row = await this.mustBeOpen(stream, version);
    const release = (action: Release['action']): Release => ({ action, of: version, from: undefined, ...signature });
    const failed = (reason: string): Promise<Result> => this.releases.send(row, stream, undefined, reason, release('retry'));
    // At most once: an attempt stands in the log before it is made.
    if (this.definition.delivery === 'at-most-once') await failed('begun');
    let ending: Result;
    try {
      await this.call(row);
      await this.releases.send(row, stream, undefined, undefined, release('close'));
      ending = { kind: 'applied' };
    } catch (error) {
      ending = await failed(describe(error));
    }
    return { endings: [ending], left: (await this.isOpen(stream, version)) ? 1 : 0 };
  }

  async skip(stream: string, version: number, signature: Signature): Promise<Result> {
    const row = await this.mustBeOpen(stream, version);
    return this.releases.send(row, stream, undefined, undefined, { action: 'skip', of: version, from: undefined, ...signature });
  }

  private async call(row: Recorded): Promise<void> {
    const { cause, at = row.time } = metaOf(row);
    const written = row.type.slice(PARKED.length);
    const original = cause && (await rowAt(this.setting.store, written, cause.position));
    const { message: known, call } = this.definition.calls.get(written) ?? {};
    const read = original && known && readMessage(known as AnyMessageClass, original);
    if (!read?.message || !cause)
      throw new WaybillError(
        'PARKED_UNREADABLE',
        read?.invalid ?? `position ${cause?.position} holds no ${written}`,
        'correct the schema, or skip the message',
      );
    await call?.(read.message as Message, { id: cause.id, time: at, position: cause.position });
  }

  private async isOpen(stream: string, version: number): Promise<boolean> {
    const { store, runtime } = this.setting;
    return (await load(store, nothing(this.definition.name), stream, runtime)).dedup.isOpen(version);
  }

  private async mustBeOpen(stream: string, version: number): Promise<Recorded> {
    const [row] = (await this.isOpen(stream, version)) ? await this.setting.store.read(stream, version, 1) : [];
    if (row) return row;
    throw notParked(stream, version);
  }
}
