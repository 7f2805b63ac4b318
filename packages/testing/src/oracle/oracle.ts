import type { Recorded } from '@waybill/core';
import { COMMAND_SOURCE, timerTypes } from '@waybill/core/internal';
import type { Cause } from '@waybill/core/internal';
import { actorLog, blockedBy, causeKey, fold } from './actor-log';
import type { ActorLog, Report } from './actor-log';
import { CLOSING, decide, safely, textOfCancel, textOfDeadline, textOfEmitted } from './decisions';
import type { ActorRow, Facts } from './facts';
import { cannotFold, checkTaken, isJustified, standing, statesOf } from './verdicts';
import type { Witness } from './verdicts';

/** How the ids of rows of a third writer begin: such rows change nothing. */
export const THIRD_WRITER = 'third-';

/** Checks every row of an actor as it becomes durable: I2, I4, I5, I6, I9, and that each decision follows from the state before it. */
export class Oracle {
  readonly actors = new Map<string, ActorLog>();

  constructor(
    private readonly facts: Facts,
    private readonly witness: Witness,
    private readonly report: Report,
    /** Called when a deadline takes effect. */
    private readonly fires: (log: ActorLog, row: Recorded, due: number) => void = () => undefined,
  ) {}

  /** Rows of one append, in order. */
  take(rows: readonly Recorded[]): void {
    for (let i = 0; i < rows.length; i++) {
      const row = rows[i] as Recorded;
      const definition = this.facts.actorOf(row.stream);
      if (!definition) continue;
      let log = this.actors.get(row.stream);
      if (!log) this.actors.set(row.stream, (log = actorLog(this.facts, definition, row.stream)));
      this.check(log, this.facts.actorRow(row));
      const ends = rows[i + 1]?.stream !== row.stream;
      if (ends && log.expected.length > 0) this.missing(log, row, 'ends its append');
    }
  }

  /** I13, at rest, with no method made to throw: every line has been retried, so what still blocks an actor is a message that its class cannot take in. */
  checkLinesGaveWay(): void {
    for (const log of this.actors.values()) {
      const park = log.parks.get(blockedBy(log) ?? -1);
      const { type, meta, message } = park ? this.facts.actorRow(park.row) : {};
      const [actor] = statesOf(log);
      if (!park || !type || !meta?.cause || !message || !actor || cannotFold(log, actor, type, message)) continue;
      const { id, position } = meta.cause;
      const { result } = decide(actor, this.facts.inputOf(log.definition, type)?.decide, message, { id, position, time: park.at });
      if (!result.startsWith('thrown'))
        this.wrong('I13', log, park.row, 'still blocks its actor, although it was retried with all faults healed');
    }
  }

  private check(log: ActorLog, entry: ActorRow): void {
    const { row, meta, kind } = entry;
    const { cause } = meta;
    if (row.version !== ++log.version) this.wrong('I6', log, row, `leaves a gap: the row before it is at version ${log.version - 1}`);
    log.version = row.version;
    if (!cause) return this.wrong('I6', log, row, 'has no cause');
    if (kind === 'closed') return this.closed(log, row);
    const third = cause.id.startsWith(THIRD_WRITER);
    if (kind === 'emitted') return this.emitted(log, entry);
    if (kind === 'armed') return this.armed(log, entry);
    if (kind === 'cancelled' && !third) return this.cancelled(log, entry);
    if (log.expected.length > 0) this.missing(log, row, 'comes here');
    if (third) return void log.causes.set(causeKey(cause), 'took');
    if (kind === 'noted') return this.noted(log, entry);
    this.input(log, entry, cause);
  }

  private missing(log: ActorLog, row: Recorded, where: string): void {
    this.wrong('I6', log, row, `${where}, and what the decision before it asks for is missing: ${log.expected.join(', ')}`);
    log.expected = [];
  }

  private input(log: ActorLog, entry: ActorRow, cause: Cause): void {
    const { row, kind, meta } = entry;
    const key = causeKey(cause);
    const before = log.causes.get(key);
    const time = this.settle(log, entry, cause, key);
    if (before && meta.of === undefined) this.wrong('I2', log, row, `is the second row for its cause (${before} before)`);
    log.causes.set(key, kind === 'parked' ? 'parked' : before ? 'released' : 'took');
    if (cause.source !== COMMAND_SOURCE) this.fromLog(log, entry, cause);
    if (kind === 'took') checkTaken(this.witness, log, entry, cause, time, (rule, what) => this.wrong(rule, log, row, what));
    else this.parked(log, entry, cause, key, time);
  }

  /** What `of` settles must be open: a park of this very message, or the pending deadline. Returns the time that the method was given. */
  private settle(log: ActorLog, { row, meta, type, kind }: ActorRow, cause: Cause, key: string): number | undefined {
    const { of } = meta;
    log.isVoid = false;
    if (of === undefined) return this.witness.rowAt(cause.position)?.time;
    const park = log.parks.get(of);
    const slot = [...log.pending].find(([, { version }]) => version === of);
    if (slot && kind === 'parked') log.pending.set(slot[0], { ...slot[1], version: row.version });
    else if (slot) log.pending.delete(slot[0]);
    if (park) {
      log.parks.delete(of);
      log.isVoid = !slot;
      if (park.cause !== key) this.wrong('I6', log, row, `settles the park at version ${of}, which is for another message`);
      return park.at;
    }
    if (!slot) this.wrong('I2', log, row, `settles version ${of}, which is neither an open park nor a pending deadline`);
    else if (!slot[0].startsWith(`${type} `)) this.wrong('I6', log, row, `fires the deadline ${slot[0]}`);
    if (!slot) return undefined;
    const { due, version } = slot[1];
    if (kind === 'took' && meta.discarded === undefined) this.fired(log, row, due, version);
    return due;
  }

  /** I5: nothing that was in time is overlooked, and of those due together the first one that was set comes first. */
  private fired(log: ActorLog, row: Recorded, due: number, version: number): void {
    this.fires(log, row, due);
    for (const other of log.pending.values())
      if (other.due === due && other.version < version)
        this.wrong('I5', log, row, `fires before the deadline that was set at version ${other.version} and is due at the same time`);
  }

  /** The cause is in the log, says what the row says, and comes after the causes of earlier rows. */
  private fromLog(log: ActorLog, { row, type, content, kind, meta }: ActorRow, cause: Cause): void {
    const source = this.witness.rowAt(cause.position);
    const fires = source?.stream === log.stream && this.facts.namesOf(type).flatMap(timerTypes).includes(source.type);
    const named = source && (this.facts.nameOf(source.type) === type || fires);
    if (cause.source !== this.witness.store || !source || source.id !== cause.id || !named)
      return this.wrong('I6', log, row, `names position ${cause.position} as its cause, which holds ${source?.type ?? 'nothing'}`);
    const said = fires ? this.facts.actorRow(source).content : this.facts.contentAt(source);
    if (kind === 'took' && said !== content) this.wrong('I6', log, row, `has other content than its cause at position ${cause.position}`);
    if (meta.of !== undefined || meta.from !== undefined) return;
    // Code that has learned a type looks back for it: then order holds within each type.
    const line = log.learns ? source.type : '';
    const last = log.last.get(line) ?? 0;
    if (cause.position <= last) this.wrong('I5', log, row, `takes position ${cause.position} after position ${last}`);
    log.last.set(line, Math.max(last, cause.position));
  }

  /** A message is parked for a reason that the log confirms. */
  private parked(log: ActorLog, entry: ActorRow, cause: Cause, key: string, time = 0): void {
    const { row, type, meta, message, content } = entry;
    const once = message && safely(() => standing(log, entry));
    if (!isJustified(this.witness, log, entry, once, cause, time))
      this.wrong('I13', log, row, `parks its message as "${meta.park}", for which the log gives no reason (${meta.reason})`);
    const copy = once === undefined ? undefined : `${once} ${content}`;
    if (copy !== undefined) log.parkedCopies.add(copy);
    const { park: kind = 'failed', reason = '', at = 0 } = meta;
    log.parks.set(row.version, { row, type, kind, reason, cause: key, copy, at });
  }

  /** What an operator decided about an open park. */
  private noted(log: ActorLog, { row, meta }: ActorRow): void {
    const { of = -1, park, by, why } = meta;
    if (!log.parks.has(of)) this.wrong('I2', log, row, `is about the park at version ${of}, which is not open`);
    if (!by || !why) this.wrong('I6', log, row, 'does not say who did it, or why');
    if (park === 'retried') return;
    const copy = log.parks.get(of)?.copy;
    if (park === 'skipped' && copy !== undefined) log.skippedCopies.add(copy);
    log.parks.delete(of);
    for (const [slot, { version }] of log.pending) if (version === of) log.pending.delete(slot);
  }

  private armed(log: ActorLog, { row, type, meta }: ActorRow): void {
    const { key = '', due = 0 } = meta;
    this.expect(log, row, textOfDeadline(type, key, due, row.data));
    log.pending.set(`${type} ${key}`, { version: row.version, due });
  }

  private cancelled(log: ActorLog, { row, type, meta }: ActorRow): void {
    this.expect(log, row, textOfCancel(type, meta.key ?? ''));
    log.pending.delete(`${type} ${meta.key ?? ''}`);
  }

  private closed(log: ActorLog, row: Recorded): void {
    this.expect(log, row, CLOSING);
    log.closed = true;
    log.pending.clear();
  }

  private emitted(log: ActorLog, entry: ActorRow): void {
    const { row, type } = entry;
    this.expect(log, row, textOfEmitted(type, row.data));
    fold(log, entry, (rule, what) => this.wrong(rule, log, row, what));
  }

  /** The row is the next one that the last decision asks for. */
  private expect(log: ActorLog, row: Recorded, says: string): void {
    const wanted = log.expected.shift();
    if (wanted !== says)
      this.wrong(
        'I6',
        log,
        row,
        `says ${says}; the decision before it, on the state that the log gives, asks for ${wanted ?? 'nothing here'}`,
      );
  }

  private wrong(rule: string, log: ActorLog, row: Recorded, what: string): void {
    this.report(rule, `${row.type} at version ${row.version} of ${log.stream} ${what}`);
  }
}
