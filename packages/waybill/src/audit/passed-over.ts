import { Delivery, gate, load, parkStream, readMessage } from '@waybill/core';
import type { ActorDefinition, Fold, Recorded, Runtime, Store } from '@waybill/core';
import type { Reader } from '../base/readers';
import type { Line } from './line';
import type { Sources } from './sources';
import { Found } from './violation';
import { WaitingRoom } from './waiting-room';
import type { Waiting } from './waiting-room';

/** Names no log: what is asked of a gate with it is asked of the business key alone. */
const NOWHERE = '~audit';
const nobody = { done: () => undefined, failed: () => undefined };

/**
 * With the classes that wrote a log: messages of which no row speaks yet. One that is passed by a later message of its type,
 * or by its consumer's checkpoint, must have been a duplicate. Kept are positions, of the messages that left no row.
 */
export class PassedOver {
  private readonly byType = new Map<string, WaitingRoom[]>();
  private readonly rooms: readonly WaitingRoom[];

  constructor(
    readers: readonly Reader[],
    private readonly store: Store,
    private readonly runtime: Runtime,
    private readonly sources: Sources,
    private readonly foldOf: (stream: string) => Fold | undefined,
  ) {
    const mine = readers.filter(({ definition, checkpoint }) => isActor(definition) && !checkpoint.endsWith(':deadlines'));
    this.rooms = mine.map((reader) => new WaitingRoom(reader, reader.definition as ActorDefinition));
    for (const room of this.rooms) for (const type of room.reader.types) this.byType.set(type, [...(this.byType.get(type) ?? []), room]);
  }

  /** A message that may be for some of them. */
  sent({ row }: Line): void {
    for (const room of this.byType.get(row.type) ?? []) {
      const stream = room.streamOf(row);
      if (stream !== undefined) room.add(row.position, { stream, type: row.type });
    }
  }

  /** A row that takes a message in or parks it; the fold still stands before it. @throws Found `I2` */
  traced(line: Line): void | Promise<void> {
    const { row, cause, meta } = line;
    const room = this.rooms.find(({ definition: { name } }) => row.stream.startsWith(`${name}-`) || row.stream === parkStream(name));
    if (!room) return;
    // What was parked is no copy of anything once it was skipped: those that were dropped for it are told now.
    if (meta.of !== undefined || line.kind === 'noted') return this.drop(room, row.stream);
    if (cause.source !== this.store.id) return;
    room.remove(cause.position);
    const type = meta.as ?? line.type;
    if (meta.from === undefined) return this.judge(room, row.stream, (position, one) => one.type === type && position < cause.position);
  }

  /** What the checkpoints have passed. @throws Found `I2` */
  async end(checkpoints: ReadonlyMap<string, number>): Promise<void> {
    for (const room of this.rooms) {
      const low = checkpoints.get(room.reader.checkpoint) ?? 0;
      // In the order of the log: those that have to be looked up are then read together.
      for (const [position, { stream }] of [...room.waiting].sort(([a], [b]) => a - b))
        if (position <= low) await this.judgeAll(room, stream, [position]);
    }
  }

  private drop(room: WaitingRoom, stream: string): void | Promise<void> {
    if (room.streams.has(stream)) return this.dropAll(room, stream);
  }

  private async dropAll(room: WaitingRoom, stream: string): Promise<void> {
    for (const position of room.streams.get(stream) ?? [])
      if (await this.isDropped(room, stream, await this.sources.at(position))) room.remove(position);
  }

  private judge(room: WaitingRoom, stream: string, which: (position: number, one: Waiting) => boolean): void | Promise<void> {
    const positions = [...(room.streams.get(stream) ?? [])].filter((position) => which(position, room.waiting.get(position) as Waiting));
    if (positions.length > 0) return this.judgeAll(room, stream, positions);
  }

  private async judgeAll(room: WaitingRoom, stream: string, positions: readonly number[]): Promise<void> {
    for (const position of positions) {
      const row = await this.sources.at(position);
      if (row && !(await this.isDropped(room, stream, row)))
        throw new Found('I2', `${row.type} was passed over: ${stream} has no row of it, nor of an equal one before it`, row);
      room.remove(position);
    }
  }

  /** Whether its actor says that it has taken an equal one. */
  private async isDropped({ definition }: WaitingRoom, stream: string, row: Recorded | undefined): Promise<boolean> {
    if (!row) return true;
    if (!stream.startsWith(`${definition.name}-`)) return false;
    const known = definition.takings.get(row.type)?.message;
    if (!known) return true;
    const { message, unchecked, invalid } = readMessage(known, row, 'park');
    const fold = this.foldOf(stream) ?? (await load(this.store, definition, stream, this.runtime));
    const cause = { id: row.id, source: NOWHERE, position: row.position };
    const [{ messageType: type }, { time, data: raw, erased }] = [known, row];
    const what = { type, stream, cause, time, message: message ?? unchecked, invalid, raw, erased, receiver: nobody };
    const delivery = Delivery.fromLog(what);
    const { as } = gate(definition, fold, delivery, this.runtime);
    return as === 'duplicate' || as === 'late';
  }
}

function isActor({ kind }: Reader['definition']): boolean {
  return kind === 'saga' || kind === 'aggregate';
}
