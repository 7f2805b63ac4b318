import { parseArgs } from 'node:util';
import { describe, show, WaybillError } from '@waybill/core';
import type { SqliteStore } from '@waybill/sqlite';
import { sqlite } from '@waybill/sqlite';
import type { DevServer } from './server';
import { startDevServer } from './server';

const HELP = `Serves a Waybill file to EventStoreDB clients on this machine. For development, not for production.

Usage: waybill-devserver --store FILE [--port 2113] [--host 127.0.0.1] [--json]

  --store FILE  the SQLite file, created if it does not exist; ':memory:' keeps nothing
  --port PORT   0 picks a free one; default 2113
  --host HOST   a loopback address; default 127.0.0.1
  --json        print one line of JSON instead of the connection string
  --help        print this

Prints the connection string once it listens. On SIGINT or SIGTERM it finishes what is in progress and closes the file.
Exit codes: 0 stopped, 2 wrong usage or port not available, 3 the file is not a good Waybill file, 4 the file cannot be used now.
`;

interface Usage {
  readonly store: string;
  readonly port: number;
  readonly host: string;
  readonly json: boolean;
}

/** @throws WaybillError `DEVSERVER_USAGE` */
function usage(args: readonly string[]): Usage | 'help' {
  const { store, port, host, json, help } = parsed(args);
  if (help) return 'help';
  if (store === undefined || store === '') throw wrong('--store is missing');
  const number = /^\d{1,5}$/.test(port) ? Number(port) : NaN;
  if (!(number <= 65_535)) throw wrong(`--port is ${show(port)}, not a number from 0 to 65535`);
  return { store, port: number, host, json };
}

function parsed(args: readonly string[]) {
  try {
    const text = { type: 'string' } as const;
    const flag = { type: 'boolean', default: false } as const;
    const options = {
      store: text,
      port: { ...text, default: '2113' },
      host: { ...text, default: '127.0.0.1' },
      json: flag,
      help: flag,
    } as const;
    return parseArgs({ args: [...args], options }).values;
  } catch (error) {
    throw wrong(describe(error));
  }
}

function wrong(what: string): WaybillError {
  return new WaybillError('DEVSERVER_USAGE', what, 'see waybill-devserver --help');
}

/** 2: wrong usage or port; 3: the file is not what it should be; 4: it cannot be used now. */
function exitCode(error: unknown): number {
  const code = error instanceof WaybillError ? error.code : '';
  if (code.startsWith('DEVSERVER_')) return 2;
  return /^STORE_(FILE|FORMAT)/.test(code) ? 3 : code.startsWith('STORE_') ? 4 : 1;
}

function fail(error: unknown): void {
  process.stderr.write(`${describe(error)}\n`);
  process.exitCode = exitCode(error);
}

async function main(args: readonly string[]): Promise<void> {
  const asked = usage(args);
  if (asked === 'help') {
    process.stdout.write(HELP);
    return;
  }
  const store = sqlite(asked.store);
  let server: DevServer;
  try {
    server = await startDevServer({ store, host: asked.host, port: asked.port });
  } catch (error) {
    await store.close();
    throw error;
  }
  const { url, port } = server;
  process.stdout.write(asked.json ? `${JSON.stringify({ url, port, store: asked.store, id: store.id })}\n` : `${url}\n`);
  process.stderr.write(`serving ${asked.store}: ${store.guarantee}\n`);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void stop(server, store));
}

/** A second signal of the same kind has no handler any more, so it ends the process at once. */
async function stop(server: DevServer, store: SqliteStore): Promise<void> {
  try {
    await server.stop();
    await store.close();
  } catch (error) {
    fail(error);
  }
}

main(process.argv.slice(2)).catch(fail);
