import { CLOSED, COMMAND_SOURCE } from '@waybill/core';
import type { Cause, Message, Recorded } from '@waybill/core';
import { actorLog, causeKey } from './actor-log';
import type { ActorLog } from './actor-log';
import { CLOSES, freeze, safely, statusOf, textOfCancel, textOfDeadline, textOfEmitted } from './decisions';
import { onceText } from './facts';
import type { ActorRow, Facts } from './facts';
import { isJustified, taken } from './verdicts';

/** What the oracle must be told that no row says. */
export interface Witness {
  readonly store: string;
  rowAt(position: number): Recorded | undefined;
  /** Times at which a command was handed to a worker. */
  sentAt(id: string): readonly number[];
  /** Whether a method threw on this cause. */
  threw(stream: string, cause: Cause): boolean;
  /** How often a worker has died. */
  deaths(): number;
  wrong(rule: string, what: string): void;
}

/** How the ids of a third writer's rows begin: they change nothing. */
export const THIRD = 'third-';

/** Checks every row of an actor as it becomes durable: I2, I4, I5, I6, I9, and that each decision follows from the state before it. */
export class Oracle {
  readonly actors = new Map<string, ActorLog>();

  constructor(
    private readonly facts: Facts,
    readonly witness: Witness,
  ) {}

  /** Rows of one append, in order. */
  take(rows: readonly Recorded[]): void {
    for (let i = 0; i < rows.length; i++) {
      const row = rows[i] as Recorded;
      const definition = this.facts.actorOf(row.stream);
      if (!definition) continue;
      let log = this.actors.get(row.stream);
      if (!log) this.actors.set(row.stream, (log = actorLog(definition, row.stream, this.facts.older.get(definition.name))));
      this.check(log, this.facts.actorRow(row));
      const ends = rows[i + 1]?.stream !== row.stream;
      if (ends && log.owed.length > 0) this.owing(log, row, 'ends its append');
    }
  }

  entryOf(row: Recorded): ActorRow {
    return this.facts.actorRow(row);
  }

  private check(log: ActorLog, entry: ActorRow): void {
    const { row, meta, kind } = entry;
    const { cause, park = '' } = meta;
    if (!cause) return this.wrong('I6', log, row, 'has no cause');
    if (row.type === CLOSED) return this.closed(log, row);
    if (kind === 'emitted') return this.emitted(log, entry);
    if (park === 'due') return this.armed(log, entry);
    if (park === 'cancelled') return this.cancelled(log, entry);
    if (log.owed.length > 0) this.owing(log, row, 'stands here');
    if (cause.id.startsWith(THIRD)) return void log.causes.set(causeKey(cause), 'took');
    if (park === 'retried' || park === 'skipped' || park === 'released') return this.noted(log, entry);
    this.input(log, entry, cause);
  }

  private owing(log: ActorLog, row: Recorded, where: string): void {
    this.wrong('I6', log, row, `${where}, and what the decision before it asks for is missing: ${log.owed.join(', ')}`);
    log.owed = [];
  }

  private input(log: ActorLog, entry: ActorRow, cause: Cause): void {
    const { row, kind, meta } = entry;
    const key = causeKey(cause);
    const before = log.causes.get(key);
    const time = this.settle(log, entry, cause, key);
    if (before && meta.of === undefined) this.wrong('I2', log, row, `is the second row for its cause (${before} before)`);
    log.causes.set(key, kind === 'took' ? 'took' : 'parked');
    if (cause.source !== COMMAND_SOURCE) this.fromLog(log, entry, cause);
    if (kind === 'took') taken(this, log, entry, cause, time);
    else this.parked(log, entry, cause, key, time);
  }

  /** What `of` settles must be open: a park of this very message, or the pending deadline. Answers the time that the method is told. */
  private settle(log: ActorLog, { row, meta, type }: ActorRow, cause: Cause, key: string): number | undefined {
    const { of } = meta;
    if (of === undefined) return this.witness.rowAt(cause.position)?.time;
    const park = log.parks.get(of);
    const slot = [...log.pending].find(([, { version }]) => version === of);
    if (park) {
      log.parks.delete(of);
      if (park.cause !== key) this.wrong('I6', log, row, `settles the park at version ${of}, which is of another message`);
      return park.at;
    }
    if (!slot) this.wrong('I2', log, row, `settles version ${of}, which is neither an open park nor a pending deadline`);
    else if (!slot[0].startsWith(`${type} `)) this.wrong('I6', log, row, `fires the deadline ${slot[0]}`);
    if (slot) log.pending.delete(slot[0]);
    return slot?.[1].due;
  }

  /** The cause stands in the log, says what the row says, and comes behind the causes before it. */
  private fromLog(log: ActorLog, { row, type, content, kind, meta }: ActorRow, cause: Cause): void {
    const source = this.witness.rowAt(cause.position);
    const fires = source?.stream === log.stream && source.type === `parked:${type}`;
    const named = source && (source.type === (meta.as ?? type) || fires);
    if (cause.source !== this.witness.store || !source || source.id !== cause.id || !named)
      return this.wrong('I6', log, row, `names position ${cause.position} as its cause, which holds ${source?.type ?? 'nothing'}`);
    const said = fires ? source.data : this.facts.contentAt(source);
    if (kind === 'took' && said !== content) this.wrong('I6', log, row, `does not say what its cause at position ${cause.position} says`);
    if (meta.of !== undefined || meta.from !== undefined) return;
    const line = log.older ? type : '';
    const last = log.last.get(line) ?? 0;
    if (cause.position <= last) this.wrong('I5', log, row, `takes position ${cause.position} behind position ${last}`);
    log.last.set(line, Math.max(last, cause.position));
  }

  /** A message is set aside for a reason that the log bears out. */
  private parked(log: ActorLog, entry: ActorRow, cause: Cause, key: string, time = 0): void {
    const { row, type, meta, message, content } = entry;
    const once = message && safely(() => onceText(log.definition, type, message));
    if (!isJustified(this, log, entry, once, cause, time))
      this.wrong('I13', log, row, `parks its message as "${meta.park}", which nothing in the log bears out (${meta.reason})`);
    const copy = once === undefined ? undefined : `${once} ${content}`;
    if (copy !== undefined) log.parkedCopies.add(copy);
    const { park: kind = 'failed', reason = '', at = 0 } = meta;
    log.parks.set(row.version, { row, type, kind, reason, cause: key, copy, at });
  }

  /** An operator's word on an open park. */
  private noted(log: ActorLog, { row, meta }: ActorRow): void {
    const { of = -1, park, by, why } = meta;
    if (!log.parks.has(of)) this.wrong('I2', log, row, `speaks of the park at version ${of}, which is not open`);
    if (!by || !why) this.wrong('I6', log, row, 'is signed by nobody');
    if (park !== 'retried') log.parks.delete(of);
  }

  private armed(log: ActorLog, { row, type, meta }: ActorRow): void {
    const { key = '', due = 0 } = meta;
    this.pay(log, row, textOfDeadline(type, key, due, row.data));
    log.pending.set(`${type} ${key}`, { version: row.version, due });
  }

  private cancelled(log: ActorLog, { row, type, meta }: ActorRow): void {
    this.pay(log, row, textOfCancel(type, meta.key ?? ''));
    log.pending.delete(`${type} ${meta.key ?? ''}`);
  }

  private closed(log: ActorLog, row: Recorded): void {
    this.pay(log, row, CLOSES);
    log.closed = true;
    log.pending.clear();
  }

  private emitted(log: ActorLog, { row, type, message }: ActorRow): void {
    this.pay(log, row, textOfEmitted(type, row.data));
    if (message) this.fold(log, row, type, message);
  }

  /** The row is the next one that the decision before it asks for. */
  private pay(log: ActorLog, row: Recorded, found: string): void {
    const wanted = log.owed.shift();
    if (wanted !== found)
      this.wrong(
        'I6',
        log,
        row,
        `says ${found}; the decision before it, on the state that the log gives, asks for ${wanted ?? 'nothing here'}`,
      );
  }

  fold(log: ActorLog, row: Recorded, type: string, message: Message): void {
    const before = statusOf(log);
    try {
      log.state = folded(log, type, message);
      if (log.older) log.older.state = folded(log.older, type, message);
    } catch (error) {
      return this.wrong('I9', log, row, `cannot be folded: ${String(error)}`);
    }
    if (statusOf(log) < before) this.wrong('I4', log, row, 'moves the status back');
  }

  wrong(rule: string, log: ActorLog, row: Recorded, what: string): void {
    this.witness.wrong(rule, `${row.type} at version ${row.version} of ${log.stream} ${what}`);
  }
}

function folded({ definition, state }: Pick<ActorLog, 'definition' | 'state'>, type: string, message: Message): unknown {
  const folding = definition.folds.get(type);
  return folding ? freeze(folding.fold(message, state)) : state;
}
