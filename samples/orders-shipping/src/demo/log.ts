import type * as Pino from 'pino';
import type { Logger } from 'waybill';
import { pinoLogger } from '../pino-logger';

/** Lines of JSON on stderr, each written before the next thing happens, so that a killed process has said all; pino is loaded only for this. */
export function loggerOf({ log, role }: { readonly log: boolean; readonly role: string }): Logger | undefined {
  if (!log) return undefined;
  const { pino, destination } = require('pino') as typeof Pino;
  return pinoLogger(pino({ base: { pid: process.pid, role } }, destination({ dest: 2, sync: true })));
}
