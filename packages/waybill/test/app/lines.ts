import type { LogFields, Logger } from 'waybill';

type Line = readonly [level: keyof Logger, message: string, fields: LogFields];
/** A logger that keeps what it is given. */
export class Lines implements Logger {
  readonly all: Line[] = [];
  debug(...line: [string, LogFields]): void {
    this.all.push(['debug', ...line]);
  }
  info(...line: [string, LogFields]): void {
    this.all.push(['info', ...line]);
  }
  warn(...line: [string, LogFields]): void {
    this.all.push(['warn', ...line]);
  }
  error(...line: [string, LogFields]): void {
    this.all.push(['error', ...line]);
  }
  at(level: keyof Logger): (readonly [string, LogFields])[] {
    return this.all.flatMap(([at, ...line]) => (at === level ? [line] : []));
  }
}
