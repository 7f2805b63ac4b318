import { WaybillError } from '@waybill/core';
import type { Counts, Outcome, Store, Yielding } from '@waybill/core';
import { describe } from '@waybill/core/store-kit';
import type { Unread } from './former';
import type { Untaken } from './untaken';

/** The facts of a log line: names, ids, counts and reasons. Never the content of a message. */
export type LogFields = Readonly<Record<string, string | number | readonly string[] | undefined>>;

/** Where an app logs to; `console` fits. What it throws is ignored. */
export interface Logger {
  debug(message: string, fields: LogFields): void;
  info(message: string, fields: LogFields): void;
  warn(message: string, fields: LogFields): void;
  error(message: string, fields: LogFields): void;
}
type Level = keyof Logger;

/** Duplicates and what was dropped on purpose are details; what was set aside needs attention. */
const LEVELS: Readonly<Record<Outcome['kind'], Level | undefined>> = {
  applied: undefined,
  duplicate: 'debug',
  late: 'debug',
  discarded: 'debug',
  conflict: 'warn',
  parked: 'warn',
};

/** What an app writes to its logger. */
export class AppLog {
  constructor(private readonly logger: Logger) {}

  started(store: Store, use: readonly string[], telemetry: boolean): void {
    const { id, guarantee } = store;
    this.say('info', 'waybill started', { use, store: id, guarantee, telemetry: telemetry ? 'OpenTelemetry' : undefined });
  }

  /** Messages that a class took before and that no class takes any more. False if the logger threw. */
  unread({ consumer, type, stream, version, position, fix }: Unread): boolean {
    return this.say('warn', 'messages are not read any more', { consumer, type, stream, version, position, fix });
  }

  /** A command that a saga sends may have nobody who takes it. False if the logger threw. */
  untaken({ consumer, type, fix }: Untaken): boolean {
    return this.say('warn', 'no aggregate of this app takes a command', { consumer, type, fix });
  }

  /** Newer code has to do what this one cannot read. Nothing is lost meanwhile. False if the logger threw. */
  yields({ consumer, stream, needs, reason, messages }: Yielding): boolean {
    return this.say('warn', 'waits for newer code', { consumer, stream, needs, messages, reason: shown(reason) });
  }

  stopped({ received, waiting, ...outcomes }: Counts): void {
    this.say('info', 'waybill stopped', { received, ...outcomes, waiting: waiting || undefined });
  }

  /** False if the logger threw. */
  failed(error: unknown): boolean {
    return this.say('error', 'waybill failed', { code: error instanceof WaybillError ? error.code : undefined, error: describe(error) });
  }

  /** A transient failure of the store, and how many there were in a row. Nothing is lost: the operation is retried. */
  storeIsAway(error: unknown, failures: number): void {
    this.say('warn', 'store not available', {
      code: error instanceof WaybillError ? error.code : undefined,
      failures,
      error: describe(error),
    });
  }

  storeIsBack(failures: number): void {
    this.say('info', 'store available again', { failures });
  }

  outcome({ kind, consumer, type, id, position, stream, reason }: Outcome): void {
    const level = kind === 'applied' && reason !== undefined ? 'warn' : LEVELS[kind];
    if (level === undefined) return;
    // A command has no place in the log.
    this.say(level, `message ${kind}`, { consumer, type, id, position: position || undefined, stream, reason: reason && shown(reason) });
  }

  /** OpenTelemetry has failed, which never disturbs the work. */
  telemetryFailed(error: unknown): void {
    this.say('warn', 'telemetry failed; further failures are not logged', { error: describe(error) });
  }

  private say(level: Level, message: string, fields: LogFields): boolean {
    try {
      this.logger[level](message, Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as LogFields);
      return true;
    } catch {
      return false;
    }
  }
}

/** Leaves out what a schema quotes of the value that it refuses; the row in the log has it in full. */
export function shown(reason: string): string {
  return reason.replace(/^(MESSAGE_INVALID: \S+ is not valid): [^]*$/, '$1');
}
