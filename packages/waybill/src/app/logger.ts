import { describe, WaybillError } from '@waybill/core';
import type { Counts, Outcome, Store } from '@waybill/core';

/** Facts of a line: names, ids, counts and reasons. Never the content of a message. */
export type LogFields = Readonly<Record<string, string | number | readonly string[] | undefined>>;

/** Where an app says what becomes of it; `console` is one. One that throws is not heard, and disturbs nothing. */
export interface Logger {
  debug(message: string, fields: LogFields): void;
  info(message: string, fields: LogFields): void;
  warn(message: string, fields: LogFields): void;
  error(message: string, fields: LogFields): void;
}
type Level = keyof Logger;

/** Duplicates and what was dropped on purpose are for those who look for them; what was set aside is for everyone. */
const LEVELS: Readonly<Record<Outcome['kind'], Level | undefined>> = {
  applied: undefined,
  duplicate: 'debug',
  late: 'debug',
  discarded: 'debug',
  conflict: 'warn',
  parked: 'warn',
};

/** What an app tells a logger. */
export class AppLog {
  constructor(private readonly logger: Logger) {}

  started(store: Store, use: readonly string[], telemetry: boolean): void {
    const { id, guarantee } = store;
    this.say('info', 'waybill started', { use, store: id, guarantee, telemetry: telemetry ? 'OpenTelemetry' : undefined });
  }

  stopped({ received, waiting, ...outcomes }: Counts): void {
    this.say('info', 'waybill stopped', { received, ...outcomes, waiting: waiting || undefined });
  }

  /** False when the logger could not take it. */
  failed(error: unknown): boolean {
    return this.say('error', 'waybill failed', { code: error instanceof WaybillError ? error.code : undefined, error: describe(error) });
  }

  /** A failure of the store that passes, and how many there were in a row. Nothing is lost: what it was for is tried again. */
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
    const level = LEVELS[kind];
    if (level === undefined) return;
    // A command has no place in the log.
    this.say(level, `message ${kind}`, { consumer, type, id, position: position || undefined, stream, reason: reason && shown(reason) });
  }

  /** OpenTelemetry, which is never to disturb the work, has failed. */
  telemetryFailed(error: unknown): void {
    this.say('warn', 'telemetry failed; further failures are not told', { error: describe(error) });
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

/** Schemas quote what they refuse; the row in the log says it in full. */
export function shown(reason: string): string {
  return reason.replace(/^(MESSAGE_INVALID: \S+ is not valid): [^]*$/, '$1');
}
