import { randomBytes } from 'node:crypto';
import { closeSync, existsSync, fsyncSync, linkSync, openSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { show, WaybillError } from '@waybill/core/store-kit';
import { fromSystem, pathOf } from '../file/check-file';
import type { Settings } from '../file/connect';
import { errorOf } from '../file/errors';
import type { Failure } from '../file/failure';
import { openLog } from '../file/open';
import { HERE } from '../file/load-driver';
import { checkedOptions } from '../file/options';
import { program } from './commit-thread';

/**
 * Copies a store to a new file while apps go on reading and writing it: all that was committed when it began, under the same id and
 * positions, with checkpoints, views and the keys of personal data. The copy is durable when it resolves, and there is none under
 * that name before. It is one file: it has no -wal file.
 * @param store the store, or the path of its file.
 * @throws WaybillError `STORE_OPTIONS`, `STORE_FILE_…`, `STORE_FORMAT_NEWER`, `STORE_BUSY`, `STORE_DISK_FULL`, `STORE_IO`
 */
export async function backup(store: string | { readonly file: string }, target: string): Promise<void> {
  const given = typeof store === 'string' ? store : store.file;
  const { driver, durability, busyTimeout } = checkedOptions(given, {});
  const from: Settings = { file: pathOf(given), from: HERE, driver, durability, busyTimeout };
  checkedOptions(target, {});
  const to = pathOf(target);
  if (from.file === ':memory:' || to === ':memory:')
    throw new WaybillError('STORE_OPTIONS', "backup(): ':memory:' is no file", 'copy it by exportLog() and importLog()');
  if (!existsSync(from.file))
    throw new WaybillError(
      'STORE_FILE_MISSING',
      `there is no file ${show(from.file)}`,
      'give the path of the file that the store has open',
    );
  if (existsSync(to)) throw taken(to);
  openLog(from).db.close(); // refuses what is not a good file of ours
  const partial = `${to}.${randomBytes(6).toString('hex')}.partial`;
  try {
    closeSync(openSync(partial, 'wx', 0o600));
    const failure = await inWorker(from, partial);
    if (failure) throw errorOf(failure);
    synced(partial);
    linkSync(partial, to); // does not replace what is there
    rmSync(partial);
    synced(dirname(to));
  } catch (error) {
    if ((error as { code?: unknown }).code === 'EEXIST') throw taken(to);
    throw error instanceof WaybillError ? error : fromSystem(to, error);
  } finally {
    rmSync(partial, { force: true });
  }
}

/** A large file takes seconds, in which an app in this process goes on. */
function inWorker(settings: Settings, into: string): Promise<Failure | undefined> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(program(), { eval: true, workerData: { settings, into }, execArgv: [], name: 'waybill-sqlite' });
    worker.once('message', resolve);
    worker.once('error', reject);
  });
}

function synced(path: string): void {
  const open = openSync(path, 'r');
  try {
    fsyncSync(open);
  } finally {
    closeSync(open);
  }
}

function taken(file: string): WaybillError {
  return new WaybillError('STORE_FILE_EXISTS', `${show(file)} is there already`, 'give a path at which there is no file');
}
