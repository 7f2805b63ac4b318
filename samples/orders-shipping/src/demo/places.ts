import { accessSync, constants, mkdtempSync, realpathSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { sqlite } from '@waybill/sqlite';
import { WaybillError } from 'waybill';

/** A folder of this process alone, gone when the process exits. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

/** Deletes a store and what stands beside it. @throws WaybillError `STORE_…` when the file is not a store: then nothing is deleted. */
export async function startAnew(file: string): Promise<void> {
  if (!statSync(file, { throwIfNoEntry: false })) return;
  await sqlite(file).close();
  for (const path of withSides(file)) rmSync(path, { force: true });
}

/** @throws WaybillError `FEED_NOT_FOUND`, `FEED_IS_FOLDER`, `FEED_NO_PERMISSION` */
export function mustBeReadable(feed: string): void {
  const found = statSync(feed, { throwIfNoEntry: false });
  if (!found) throw new WaybillError('FEED_NOT_FOUND', `there is no ${JSON.stringify(feed)}`, 'give the path of a feed, or - for stdin');
  if (found.isDirectory()) throw new WaybillError('FEED_IS_FOLDER', `${JSON.stringify(feed)} is a folder`, 'give the path of a file in it');
  try {
    accessSync(feed, constants.R_OK);
  } catch {
    throw new WaybillError('FEED_NO_PERMISSION', `${JSON.stringify(feed)} may not be read by this user`, 'allow this user to read it');
  }
}

/** @throws WaybillError `OUTPUT_NO_FOLDER`, `OUTPUT_NO_PERMISSION` */
export function mustBeWritable(output: string): void {
  const folder = dirname(resolve(output));
  const found = statSync(output, { throwIfNoEntry: false });
  if (found?.isDirectory() || !statSync(folder, { throwIfNoEntry: false })?.isDirectory())
    throw new WaybillError('OUTPUT_NO_FOLDER', `${JSON.stringify(output)} cannot be a file`, 'give a path in a folder that exists');
  try {
    accessSync(found ? output : folder, constants.W_OK);
  } catch {
    throw new WaybillError('OUTPUT_NO_PERMISSION', `${JSON.stringify(output)} may not be written by this user`, 'give another path');
  }
}

/** Of a file that is there or will be: a link to its folder is no other folder. */
function realPath(file: string): string {
  if (statSync(file, { throwIfNoEntry: false })) return realpathSync(file);
  const folder = dirname(resolve(file));
  return join(statSync(folder, { throwIfNoEntry: false }) ? realpathSync(folder) : folder, basename(file));
}

/** What stands beside a store belongs to it. */
export function withSides(store: string): string[] {
  return ['', '-wal', '-shm', '.mail.jsonl'].map((end) => `${store}${end}`);
}

/** No file may play two parts: writing one would destroy the other. @throws WaybillError `SAME_FILE_TWICE` */
export function mustDiffer(files: readonly string[]): void {
  const real = files.map(realPath);
  if (new Set(real).size === real.length) return;
  throw new WaybillError('SAME_FILE_TWICE', 'feed, store and shipments are not three files', 'give each a file of its own');
}
