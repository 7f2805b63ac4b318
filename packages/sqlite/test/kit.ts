import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NewEvent, Store, Write } from '@waybill/core';
import type { SqliteOptions } from '@waybill/sqlite';
import { sqlite } from '@waybill/sqlite';
import type { Connection, Row, Value } from '../dist/file/driver';
import { defaultDriver } from '../dist/file/driver';
import { loadDriver } from '../dist/file/load-driver';

/** A file in a folder of its own, for a contract case: opened, opened again, opened twice. */
export async function logFile(options?: SqliteOptions) {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-sqlite-'));
  const open = async () => sqlite(join(folder, 'log.db'), options);
  return { store: await open(), reopen: open, second: open, cleanup: async () => rmSync(folder, { recursive: true }) };
}

/** Runs `body` with a folder that is gone afterwards. */
export async function inFolder<T>(body: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-sqlite-'));
  try {
    return await body(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The store's file from outside of the store, by the driver that the store takes. */
export function connect(file: string): Connection {
  const db = loadDriver(defaultDriver()).open(file);
  db.exec('PRAGMA busy_timeout = 5000');
  return db;
}

/** All rows that a statement gives. */
export const rows = (db: Connection, sql: string): Row[] => db.prepare(sql).all((row) => [...row]);

/** The first column of each of them. */
export const column = (db: Connection, sql: string): (Value | undefined)[] => rows(db, sql).map(([first]) => first);

/** Changes the file by hand. */
export function patched(file: string, sql: string): void {
  const db = connect(file);
  db.exec(sql);
  db.close();
}

export function event(over: Partial<NewEvent> = {}): NewEvent {
  return { id: randomUUID(), type: 'Noted', data: '{"n":1}', meta: '{}', time: 1_700_000_000_000, ...over };
}

export function one(stream: string, expected: Write['expected'], over?: Partial<NewEvent>): Write[] {
  return [{ stream, expected, events: [event(over)] }];
}

export async function codeOf(action: () => unknown): Promise<string> {
  try {
    await action();
    return 'no error';
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  }
}

/** Ids of all rows of a stream. */
export async function idsOf(store: Store, stream: string): Promise<string[]> {
  return (await store.read(stream, 0, 1_000_000)).map(({ id }) => id);
}

/** Runs test/child.js; `lines` gives what it prints, line by line, and ends with its output. */
export function child(role: string, file: string, options: { shell?: string; uid?: number } = {}) {
  const args = [join(__dirname, 'child.js'), role, file];
  const command = options.shell
    ? spawn('sh', ['-c', `${options.shell}; exec "$0" "$@"`, process.execPath, ...args])
    : spawn(process.execPath, args, options.uid === undefined ? {} : { uid: options.uid });
  const ended = new Promise<number | string>((resolve) => command.on('close', (code, signal) => resolve(code ?? signal ?? '')));
  command.stderr.pipe(process.stderr);
  async function* lines(): AsyncGenerator<string> {
    let rest = '';
    for await (const chunk of command.stdout) {
      const parts = (rest + String(chunk)).split('\n');
      rest = parts.pop()!;
      yield* parts;
    }
  }
  return { lines: lines(), ended, kill: () => command.kill('SIGKILL'), tell: (line: string) => command.stdin.write(`${line}\n`) };
}
