import { canonical } from '@waybill/core';
import type { Recorded, Runtime, Store } from '@waybill/core';
import { CLOSED, Delivery, gate, load, messageNamed, nameToday, parkStream, readMessage, readStream } from '@waybill/core/internal';
import type { ActorDefinition, Fold } from '@waybill/core/internal';
import type { Reader } from '../base/readers';
import { messageOf } from './content';
import { parseRow } from './parsed-row';
import type { ParsedRow } from './parsed-row';
import type { Sources } from './sources';
import { ViolationError } from './violation';
import { UntracedMessages } from './untraced';
import type { UntracedMessage } from './untraced';

/** Not the id of any log: with it, the gate decides by the business key alone. */
const NOWHERE = '~audit';
const nobody = { done: () => undefined, failed: () => undefined };

/**
 * Messages that no row mentions yet. One that was passed by a later message of its type, or by its consumer's checkpoint, must have
 * been a duplicate, or it is lost. Keeps the positions of messages that left no row.
 */
export class LostMessages {
  private readonly byType = new Map<string, UntracedMessages[]>();
  private readonly byReader: readonly UntracedMessages[];

  constructor(
    readers: readonly Reader[],
    private readonly store: Store,
    private readonly runtime: Runtime,
    private readonly sources: Sources,
    private readonly foldOf: (stream: string) => Fold | undefined,
  ) {
    const mine = readers.filter(({ definition, isClock }) => isActor(definition) && !isClock);
    this.byReader = mine.map((reader) => new UntracedMessages(reader, reader.definition as ActorDefinition));
    for (const untraced of this.byReader)
      for (const type of untraced.reader.types) this.byType.set(type, [...(this.byType.get(type) ?? []), untraced]);
  }

  /** A message that some readers may take. */
  sent({ row }: ParsedRow): void {
    for (const untraced of this.byType.get(row.type) ?? []) {
      const stream = untraced.streamOf(row);
      if (stream !== undefined) untraced.add(row.position, { stream, type: row.type });
    }
  }

  /** A row that takes a message in or parks it; the fold does not include it yet. @throws ViolationError `I2` */
  traced(parsed: ParsedRow): void | Promise<void> {
    const { row, cause, meta } = parsed;
    const untraced = this.byReader.find(({ definition: { name } }) => row.stream.startsWith(`${name}-`) || row.stream === parkStream(name));
    if (!untraced) return;
    // Once a parked message was skipped it no longer counts as a first copy: settle those that were dropped because of it.
    if (meta.of !== undefined || parsed.kind === 'noted') return this.drop(untraced, row.stream);
    if (cause.source !== this.store.id) return;
    untraced.remove(cause.position);
    const type = meta.as ?? parsed.type;
    if (meta.from === undefined) return this.judge(untraced, row.stream, (position, one) => one.type === type && position < cause.position);
  }

  /** Judges what the checkpoints have passed. @throws ViolationError `I2` */
  async end(checkpoints: ReadonlyMap<string, number>): Promise<void> {
    for (const untraced of this.byReader) {
      const reached = checkpoints.get(untraced.reader.checkpoint) ?? 0;
      // In the order of the log, so that those that have to be looked up are read together.
      for (const [position, { stream }] of [...untraced.messages].sort(([a], [b]) => a - b))
        if (position <= reached) await this.judgeAll(untraced, stream, [position]);
    }
  }

  private drop(untraced: UntracedMessages, stream: string): void | Promise<void> {
    if (untraced.byStream.has(stream)) return this.dropAll(untraced, stream);
  }

  private async dropAll(untraced: UntracedMessages, stream: string): Promise<void> {
    for (const position of untraced.byStream.get(stream) ?? [])
      if (await this.isDropped(untraced, stream, await this.sources.at(position))) untraced.remove(position);
  }

  private judge(
    untraced: UntracedMessages,
    stream: string,
    which: (position: number, one: UntracedMessage) => boolean,
  ): void | Promise<void> {
    const positions = [...(untraced.byStream.get(stream) ?? [])].filter((position) =>
      which(position, untraced.messages.get(position) as UntracedMessage),
    );
    if (positions.length > 0) return this.judgeAll(untraced, stream, positions);
  }

  private async judgeAll(untraced: UntracedMessages, stream: string, positions: readonly number[]): Promise<void> {
    for (const position of positions) {
      const row = await this.sources.at(position);
      if (row && !(await this.isDropped(untraced, stream, row)))
        throw new ViolationError('I2', `${row.type} was passed over: ${stream} has no row of it, nor of an equal one before it`, row);
      untraced.remove(position);
    }
  }

  /** Whether its actor would drop it as a duplicate. */
  private async isDropped({ definition }: UntracedMessages, stream: string, row: Recorded | undefined): Promise<boolean> {
    if (!row) return true;
    if (!stream.startsWith(`${definition.name}-`)) return false;
    const known = definition.inputs.get(row.type)?.message;
    if (!known) return true;
    const { message, unchecked, invalid } = readMessage(known, row);
    const fold = this.foldOf(stream) ?? (await load(this.store, definition, stream, this.runtime));
    // What newer code has made of it, only that code can say.
    if (fold.newer) return true;
    const cause = { id: row.id, source: NOWHERE, position: row.position };
    const [{ messageType: type }, { time, data: raw, erased }] = [known, row];
    const what = { type, stream, cause, time, message: message ?? unchecked, invalid, raw, erased, receiver: nobody };
    const delivery = Delivery.fromLog(what);
    const { as } = gate(definition, fold, delivery, this.runtime);
    if (as === 'duplicate' || as === 'late') return true;
    return this.hasTaken(definition, fold, delivery, row.type);
  }

  /**
   * Whether the rows of the stream say so, where today's class does not: one of them has an equal content, and messages of its type
   * had keys; or the stream begins with a closing row, which knows how far it came.
   */
  private async hasTaken(definition: ActorDefinition, fold: Fold, delivery: Delivery, writtenAs: string): Promise<boolean> {
    const { stream, type, cause, message } = delivery;
    const text = message && canonical(message);
    let [equal, hadKeys] = [false, false];
    for await (const rows of readStream(this.store, stream)) {
      const [first] = rows;
      if (first?.type === CLOSED && first.version > 0) return cause.position <= fold.dedup.seen(this.store.id, writtenAs);
      for (const parsed of rows.map(parseRow)) {
        if (nameToday(definition, parsed.type) !== type || (parsed.kind !== 'took' && parsed.kind !== 'parked')) continue;
        const known = messageNamed(definition, parsed.type);
        const taken = known && messageOf(known, parsed);
        equal ||= parsed.row.erased === true || (taken !== undefined && canonical(taken) === text);
        hadKeys ||= parsed.meta.once !== undefined;
      }
    }
    return equal && hadKeys;
  }
}

function isActor({ kind }: Reader['definition']): boolean {
  return kind === 'saga' || kind === 'aggregate';
}
