import type { Logger as Pino } from 'pino';
import type { Logger } from 'waybill';

/** What an app says, as lines of pino, which takes the facts first. */
export function pinoLogger(pino: Pick<Pino, keyof Logger>): Logger {
  return {
    debug: (message, fields) => pino.debug(fields, message),
    info: (message, fields) => pino.info(fields, message),
    warn: (message, fields) => pino.warn(fields, message),
    error: (message, fields) => pino.error(fields, message),
  };
}
