import { canonical, COMMAND_SOURCE } from '@waybill/core';
import type { ActorDefinition, Cause, Message, Recorded } from '@waybill/core';
import { answerText } from './caller';
import { decide, freeze, safely, statusOf } from './decisions';
import { onceText } from './facts';
import type { ActorRow, Facts } from './facts';

/** What is known of one actor from its rows alone, by a reading of its own: none of the flow's code is asked. */
export interface ActorLog {
  readonly stream: string;
  readonly definition: ActorDefinition;
  state: unknown;
  /** By cause: how it stands in the stream. */
  readonly causes: Map<string, 'took' | 'parked'>;
  /** By business key: the content that was taken in. */
  readonly once: Map<string, string>;
  /** Business key and content of what is parked. */
  readonly parkedCopies: Set<string>;
  /** Highest position of the log that was taken in or parked. */
  last: number;
  blocked: boolean;
  /** By id of a command: the answer that its rows give. */
  readonly answers: Map<string, string>;
  /** Rows that must follow directly. */
  owed: string[];
}

/** What the oracle must be told that no row says. */
export interface Witness {
  readonly store: string;
  rowAt(position: number): Recorded | undefined;
  /** Times at which a command was handed to a worker. */
  sentAt(id: string): readonly number[];
  /** Whether a method threw on this cause. */
  threw(stream: string, cause: Cause): boolean;
  wrong(rule: string, what: string): void;
}

/** Third writers of the simulator sign with this type: such a row means nothing. */
export const THIRD = 'Nudged';

export function causeKey({ source, id, position }: Cause): string {
  return source === COMMAND_SOURCE ? `command ${id}` : String(position);
}

/** Checks every row that becomes durable, as it does: I2, I4, I5, I6, and that each decision follows from the state before it. */
export class Oracle {
  readonly actors = new Map<string, ActorLog>();

  constructor(
    private readonly facts: Facts,
    private readonly witness: Witness,
  ) {}

  /** Rows of one append, in order. */
  take(rows: readonly Recorded[]): void {
    for (let i = 0; i < rows.length; i++) {
      const row = rows[i] as Recorded;
      const definition = this.facts.actorOf(row.stream);
      if (!definition) continue;
      const log = this.actors.get(row.stream) ?? this.begin(definition, row.stream);
      this.check(log, this.facts.actorRow(row));
      if (log.owed.length > 0 && rows[i + 1]?.stream !== row.stream) {
        this.wrong('I6', log, row, `ends its append, and ${log.owed[0]?.split(' ')[0]} that the decision emits is missing`);
        log.owed = [];
      }
    }
  }

  private begin(definition: ActorDefinition, stream: string): ActorLog {
    const log: ActorLog = {
      ...{ stream, definition, state: freeze(definition.initial()), causes: new Map(), once: new Map(), parkedCopies: new Set() },
      ...{ last: 0, blocked: false, answers: new Map(), owed: [] },
    };
    this.actors.set(stream, log);
    return log;
  }

  private check(log: ActorLog, entry: ActorRow): void {
    const { cause } = entry.meta;
    if (!cause) return this.wrong('I6', log, entry.row, 'has no cause');
    if (entry.kind === 'emitted') return this.emitted(log, entry);
    if (log.owed.length > 0) {
      this.wrong('I6', log, entry.row, `stands where ${log.owed[0]?.split(' ')[0]} must follow the decision before it`);
      log.owed = [];
    }
    const key = causeKey(cause);
    const before = log.causes.get(key);
    if (before) this.wrong('I2', log, entry.row, `is the second row for its cause (${before} before)`);
    log.causes.set(key, entry.kind === 'took' ? 'took' : 'parked');
    if (entry.type === THIRD) return;
    if (cause.source !== COMMAND_SOURCE) this.fromLog(log, entry, cause);
    if (entry.kind === 'took') this.took(log, entry, cause);
    else this.parked(log, entry, cause);
  }

  /** The cause stands in the log, says what the row says, and comes behind the causes before it. */
  private fromLog(log: ActorLog, { row, type, content, kind }: ActorRow, cause: Cause): void {
    const source = this.witness.rowAt(cause.position);
    if (cause.source !== this.witness.store || !source || source.id !== cause.id || source.type !== type)
      return this.wrong('I6', log, row, `names position ${cause.position} as its cause, which holds ${source?.type ?? 'nothing'}`);
    const message = this.facts.messageAt(source);
    if (kind === 'took' && (!message || canonical(message) !== content))
      this.wrong('I6', log, row, `does not say what its cause at position ${cause.position} says`);
    if (cause.position <= log.last) this.wrong('I5', log, row, `takes position ${cause.position} behind position ${log.last}`);
    log.last = Math.max(log.last, cause.position);
  }

  private took(log: ActorLog, entry: ActorRow, cause: Cause): void {
    const { definition } = log;
    const { row, type, message, content } = entry;
    const taking = definition.takings.get(type);
    if (!taking || !message) return this.wrong('I6', log, row, `is of a type that "${definition.name}" does not take`);
    if (log.blocked) this.wrong('I5', log, row, 'was taken in although a failed message before it is parked');
    const once = onceText(definition, type, message);
    if (once !== undefined) {
      if (log.once.has(once)) this.wrong('I2', log, row, `takes in the business key "${once}" a second time`);
      log.once.set(once, content);
    }
    if (taking.before !== undefined && statusOf(log) >= taking.before)
      this.wrong('I4', log, row, 'was taken in although its actor is past the status before which it must come');
    this.decided(log, entry, cause, message);
    if (entry.meta.refused === undefined && entry.meta.discarded === undefined) this.fold(log, row, type, message);
  }

  /** Decides once more, on the state that the log gives: the rows must say the same. */
  private decided(log: ActorLog, { row, type, meta }: ActorRow, cause: Cause, message: Message): void {
    const said = meta.refused !== undefined ? `refused: ${meta.refused}` : meta.discarded !== undefined ? `discarded: ${meta.discarded}` : 'done';
    const times = cause.position > 0 ? [this.witness.rowAt(cause.position)?.time ?? 0] : this.witness.sentAt(cause.id);
    let told = '';
    for (const time of times.length > 0 ? times : [0]) {
      const { ending, owed } = decide(log, type, message, { id: cause.id, time, position: cause.position });
      told = ending;
      log.owed = owed;
      if (ending !== said) continue;
      if (cause.source === COMMAND_SOURCE && ending === 'done') log.answers.set(cause.id, answerText(row.version + owed.length, owed));
      return;
    }
    this.wrong('I6', log, row, `says "${said}", the same decision on the state that the log gives says "${told}"`);
    log.owed = [];
  }

  private emitted(log: ActorLog, entry: ActorRow): void {
    const wanted = log.owed.shift();
    const found = `${entry.type} ${entry.row.data}`;
    if (wanted !== found)
      this.wrong('I6', log, entry.row, `says ${found}, its decision on the state that the log gives ${wanted ? `says ${wanted}` : 'emits nothing here'}`);
    if (entry.message) this.fold(log, entry.row, entry.type, entry.message);
  }

  private fold(log: ActorLog, row: Recorded, type: string, message: Message): void {
    const folding = log.definition.folds.get(type);
    if (!folding) return;
    const before = statusOf(log);
    try {
      log.state = freeze(folding.fold(message, log.state));
    } catch (error) {
      return this.wrong('I9', log, row, `cannot be folded: ${String(error)}`);
    }
    if (statusOf(log) < before) this.wrong('I4', log, row, 'moves the status back');
  }

  /** A message is set aside for a reason that the log bears out. */
  private parked(log: ActorLog, { row, type, meta, message, content }: ActorRow, cause: Cause): void {
    const { definition } = log;
    const once = message && safely(() => onceText(definition, type, message));
    if (!this.isJustified(log, type, meta.park ?? 'failed', message, content, once, cause))
      this.wrong('I13', log, row, `parks its message as "${meta.park}", which nothing in the log bears out (${meta.reason})`);
    if (once !== undefined) log.parkedCopies.add(`${once} ${content}`);
    if (meta.park === 'failed') log.blocked = true;
  }

  private isJustified(log: ActorLog, type: string, park: string, message: Message | undefined, content: string, once: string | undefined, cause: Cause): boolean {
    const { definition } = log;
    const before = definition.takings.get(type)?.before;
    const known = once === undefined ? undefined : log.once.get(once);
    switch (park) {
      case 'conflict': {
        if (known !== undefined) return known !== content;
        const time = this.witness.rowAt(cause.position)?.time ?? 0;
        return message !== undefined && decide(log, type, message, { id: cause.id, time, position: cause.position }).ending.startsWith('refused');
      }
      case 'late':
        return before !== undefined && statusOf(log) >= before && known === undefined;
      case 'behind':
        return log.blocked;
      case 'failed':
        return this.witness.threw(log.stream, cause);
      default:
        return true;
    }
  }

  private wrong(rule: string, log: ActorLog, row: Recorded, what: string): void {
    this.witness.wrong(rule, `${row.type} at version ${row.version} of ${log.stream} ${what}`);
  }
}
