import { Delivery, gate, load, parkStream, readMessage, streamOf } from '@waybill/core';
import type { ActorDefinition, Fold, Message, Recorded, Runtime, Store } from '@waybill/core';
import type { Reader } from '../readers';
import type { Line } from './line';
import type { Sources } from './sources';
import { Found } from './violation';

/** Names no log: what is asked of a gate with it is asked of the business key alone. */
const NOWHERE = '~audit';
const nobody = { done: () => undefined, failed: () => undefined };

interface Waiting {
  readonly stream: string;
  readonly type: string;
}

/**
 * With the classes that wrote a log: messages of which no row speaks yet. One that is passed by a later message of its type,
 * or by its consumer's checkpoint, must have been a duplicate. Kept are positions, of the messages that left no row.
 */
export class PassedOver {
  private readonly byType = new Map<string, Actor[]>();
  private readonly actors: readonly Actor[];

  constructor(
    readers: readonly Reader[],
    private readonly store: Store,
    private readonly runtime: Runtime,
    private readonly sources: Sources,
    private readonly foldOf: (stream: string) => Fold | undefined,
  ) {
    const mine = readers.filter(({ definition, checkpoint }) => isActor(definition) && !checkpoint.endsWith(':deadlines'));
    this.actors = mine.map((reader) => new Actor(reader, reader.definition as ActorDefinition));
    for (const actor of this.actors)
      for (const type of actor.reader.types) this.byType.set(type, [...(this.byType.get(type) ?? []), actor]);
  }

  /** A message that may be for some of them. */
  sent({ row }: Line): void {
    for (const actor of this.byType.get(row.type) ?? []) {
      const stream = actor.streamOf(row);
      if (stream !== undefined) actor.add(row.position, { stream, type: row.type });
    }
  }

  /** A row that takes a message in or parks it; the fold still stands before it. @throws Found `I2` */
  async traced(line: Line): Promise<void> {
    const { row, cause, meta } = line;
    const actor = this.actors.find(({ definition: { name } }) => row.stream.startsWith(`${name}-`) || row.stream === parkStream(name));
    if (!actor) return;
    // What was parked is no copy of anything once it was skipped: those that were dropped for it are told now.
    if (meta.of !== undefined || line.kind === 'noted') return this.drop(actor, row.stream);
    if (cause.source !== this.store.id) return;
    actor.remove(cause.position);
    const type = meta.as ?? line.type;
    if (meta.from === undefined) await this.judge(actor, row.stream, (position, one) => one.type === type && position < cause.position);
  }

  /** What the checkpoints have passed. @throws Found `I2`, `I7` */
  async end(checkpoints: ReadonlyMap<string, number>): Promise<void> {
    for (const actor of this.actors) {
      const low = checkpoints.get(actor.reader.checkpoint) ?? 0;
      for (const stream of [...actor.streams.keys()]) await this.judge(actor, stream, (position) => position <= low);
    }
  }

  private async drop(actor: Actor, stream: string): Promise<void> {
    for (const position of actor.streams.get(stream) ?? [])
      if (await this.isDropped(actor, stream, await this.sources.at(position))) actor.remove(position);
  }

  private async judge(actor: Actor, stream: string, which: (position: number, one: Waiting) => boolean): Promise<void> {
    for (const position of actor.streams.get(stream) ?? []) {
      if (!which(position, actor.waiting.get(position) as Waiting)) continue;
      const row = await this.sources.at(position);
      if (row && !(await this.isDropped(actor, stream, row)))
        throw new Found('I2', `${row.type} was passed over: ${stream} has no row of it, nor of an equal one before it`, row);
      actor.remove(position);
    }
  }

  /** Whether its actor says that it has taken an equal one. */
  private async isDropped({ definition }: Actor, stream: string, row: Recorded | undefined): Promise<boolean> {
    if (!row) return true;
    if (!stream.startsWith(`${definition.name}-`)) return false;
    const known = definition.takings.get(row.type)?.message;
    if (!known) return true;
    const { message, unchecked, invalid } = readMessage(known, row, 'park');
    const fold = this.foldOf(stream) ?? (await load(this.store, definition, stream, this.runtime));
    const cause = { id: row.id, source: NOWHERE, position: row.position };
    const type = known.messageType;
    const special = row.erased ? { erased: true } : {};
    const subject = message ?? unchecked;
    const delivery = new Delivery(type, stream, cause, row.time, subject, invalid, row.data, nobody, undefined, special);
    const { as } = gate(definition, fold, delivery, this.runtime);
    return as === 'duplicate' || as === 'late';
  }
}

function isActor({ kind }: Reader['definition']): boolean {
  return kind === 'saga' || kind === 'aggregate';
}

/** The messages that wait for a row of one class. */
class Actor {
  readonly waiting = new Map<number, Waiting>();
  readonly streams = new Map<string, Set<number>>();

  constructor(
    readonly reader: Reader,
    readonly definition: ActorDefinition,
  ) {}

  /** Where a row of this message has to be; undefined when it is for none of this class. */
  streamOf(row: Recorded): string | undefined {
    const known = this.definition.takings.get(row.type);
    if (!known) return undefined;
    const { message, unchecked } = readMessage(known.message, row, 'park');
    let key: string | undefined;
    try {
      key = keyed(this.definition, message ?? unchecked);
    } catch {
      key = parkStream(this.definition.name);
    }
    return key ?? (message ? undefined : parkStream(this.definition.name));
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

function keyed(definition: ActorDefinition, message: Message | undefined): string | undefined {
  return message && streamOf(definition, message);
}
