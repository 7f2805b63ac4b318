import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { WaybillError } from 'waybill';
import { isServer } from './store';
import { textOf } from './text';

export interface Options {
  /** A path, or `-` for stdin. */
  readonly feed: string;
  readonly store: string | undefined;
  readonly fresh: boolean;
  readonly shipments: string | undefined;
  readonly json: boolean;
  readonly crash: number | undefined;
  readonly seed: number;
  readonly twoProcesses: boolean;
  readonly log: boolean;
  readonly inDays: number;
  /** Of a message: what became of it is told, and nothing runs. */
  readonly explain: string | undefined;
  readonly help: boolean;
}

export const USAGE = `npm start -- [options]

  --feed FILE        lines of JSON {"id", "type", "data"}; - reads them from stdin. Default: feed/orders.jsonl, 2,000 orders
  --store FILE       keeps the log in this file, and goes on with what it holds. Default: a temporary file
  --store esdb://…   keeps it on an EventStoreDB or KurrentDB server, or on waybill-devserver
  --fresh            deletes this store first
  --shipments FILE   writes one line of JSON per ShipmentRequested in the log
  --json             the last line printed is one JSON object
  --crash N          kills the worker N times with SIGKILL, at random moments
  --seed N           of the random moments
  --two-processes    Orders and Shipping as two processes on one file
  --in-days N        runs with a clock that is N days ahead: after 3, orders that are not complete are told
  --explain ID       tells what became of a message of the feed, from the log of --store; nothing runs
  --log              what the app says, on stderr: one line of JSON each, written by pino
  --help

Exit code: 0 ok, 1 the verdict is "broken", 2 wrong usage or no feed, 4 the store cannot be used.
`;

const FEED = resolve(__dirname, '..', '..', 'feed', 'orders.jsonl');

/** Told with the usage below it. */
export class UsageError extends WaybillError {
  constructor(what: string) {
    super('DEMO_USAGE', what.replace(/\.$/, ''), 'see the options below');
  }
}

/** @throws UsageError */
export function optionsOf(args: readonly string[]): Options {
  const { values } = parsed(args);
  if (values.crash !== undefined && values['two-processes']) throw new UsageError('--crash and --two-processes exclude each other');
  if (values.fresh && values.store !== undefined && isServer(values.store))
    throw new UsageError('--fresh deletes a file; the log of a server is deleted at the server');
  if (values.fresh && values.store === undefined) throw new UsageError('--fresh goes with --store; without it every run starts anew');
  if (values.explain !== undefined && values.store === undefined)
    throw new UsageError('--explain goes with --store: it tells of a log that was kept');
  return {
    feed: values.feed === undefined ? FEED : values.feed === '-' ? '-' : path('feed', values.feed),
    store: values.store === undefined || isServer(values.store) ? values.store : path('store', values.store),
    fresh: values.fresh ?? false,
    shipments: values.shipments === undefined ? undefined : path('shipments', values.shipments),
    json: values.json ?? false,
    crash: values.crash === undefined ? undefined : count('crash', values.crash),
    seed: values.seed === undefined ? Math.floor(Math.random() * 2 ** 32) : count('seed', values.seed),
    twoProcesses: values['two-processes'] ?? false,
    log: values.log ?? false,
    inDays: values['in-days'] === undefined ? 0 : count('in-days', values['in-days']),
    explain: values.explain === '' ? empty('explain') : values.explain,
    help: values.help ?? false,
  };
}

function parsed(args: readonly string[]) {
  const flag = { type: 'boolean' } as const;
  const text = { type: 'string' } as const;
  const options = {
    ...{ feed: text, store: text, fresh: flag, shipments: text, json: flag },
    ...{ crash: text, seed: text, 'two-processes': flag, log: flag, help: flag, 'in-days': text, explain: text },
  };
  try {
    return parseArgs({ args: [...args], options, strict: true, allowPositionals: false });
  } catch (error) {
    throw new UsageError(textOf(error).split('. ')[0] ?? '');
  }
}

/** npm runs a script in the package's folder, while people mean the one that they are in. */
function path(name: string, given: string): string {
  if (given === '' || given.includes('\0')) throw new UsageError(`--${name} needs a path`);
  const { npm_lifecycle_event: script, INIT_CWD: from } = process.env;
  return resolve(script === 'start' && from ? from : '', given);
}

function empty(name: string): never {
  throw new UsageError(`--${name} needs the id of a message`);
}

function count(name: string, given: string): number {
  if (!/^\d{1,10}$/.test(given)) throw new UsageError(`--${name} needs a whole number`);
  return Number(given);
}
