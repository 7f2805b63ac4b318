import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NewEvent, Store, Write } from '@waybill/core';
import type { SqliteOptions } from '@waybill/sqlite';
import { sqlite } from '@waybill/sqlite';

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
