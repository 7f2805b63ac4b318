import { accessSync, closeSync, constants, fsyncSync, lstatSync, openSync, readSync, realpathSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { describe, show, WaybillError } from '@waybill/core/store-kit';
import { APPLICATION_ID, FORMAT } from './schema';

/**
 * The one path by which a file is checked and opened, wherever the process goes: drivers trim paths and read `file:` as a URI,
 * which an absolute path is not. Of a symbolic link, the target, since SQLite keeps the -wal file there.
 */
export function pathOf(given: string): string {
  if (given.trim() === ':memory:') return ':memory:';
  const file = resolve(given.trim());
  try {
    return lstatSync(file).isSymbolicLink() ? realpathSync(file) : file;
  } catch {
    return file; // a path whose fault is reported when it is opened
  }
}

export function hasWal(file: string): boolean {
  return (sizeOf(`${file}-wal`) ?? 0) > 0;
}

/**
 * Checks a file before SQLite does, because SQLite writes as soon as it opens one. If there is none, makes an empty one for
 * this user alone. Reads the first 100 bytes and the sizes, so the cost does not grow with the file; and in such an order that
 * the file never looks damaged because another process creates, fills or closes it meanwhile.
 * @throws WaybillError `STORE_FILE_…`, `STORE_FORMAT_NEWER`
 */
export function checkFile(file: string): void {
  if (sizeOf(file) === undefined) create(file);
  mayUse(file);
  const ahead = sizeOf(`${file}-wal`) ?? 0;
  if ((sizeOf(file) ?? 0) > 0) checkHeader(file);
  else if (ahead > 0) throw damaged(file, 'it is empty, but its -wal file is not');
}

/**
 * After SQLite's recovery, readers see rows that a killed process wrote but did not sync: they are synced here, before anybody
 * reads them.
 */
export function syncRecovered(file: string): void {
  if (!hasWal(file)) return;
  try {
    const wal = openSync(`${file}-wal`, 'r+');
    try {
      fsyncSync(wal);
    } finally {
      closeSync(wal);
    }
  } catch (error) {
    throw fromSystem(file, error);
  }
}

export function damaged(file: string, how: string): WaybillError {
  return refused('FILE_DAMAGED', `${show(file)} is damaged: ${how}`, 'restore it from a backup, together with its -wal file');
}

export function withoutWal(file: string): WaybillError {
  const what = `${show(file)} lacks commits that stood in its -wal file: it was copied, moved or restored without that file`;
  const fix = `put the file ${show(`${file}-wal`)} of the same moment next to it, or restore what backup() made; copy a running store by backup() only`;
  return refused('FILE_WITHOUT_WAL', what, fix);
}

export function newer(file: string, format: number): WaybillError {
  const what = `${show(file)} has format ${format}, this version of @waybill/sqlite knows ${FORMAT}`;
  return refused('FORMAT_NEWER', what, 'update @waybill/sqlite; nothing was written');
}

export function foreign(file: string): WaybillError {
  return refused('FILE_FOREIGN', `${show(file)} is the SQLite file of another program`, 'give the store a path of its own');
}

function sizeOf(file: string): number | undefined {
  try {
    const found = statSync(file);
    if (found.isDirectory()) throw refused('FILE_IS_FOLDER', `${show(file)} is a folder`, 'give the path of a file in it');
    if (!found.isFile()) throw notADatabase(file);
    return found.size;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error instanceof WaybillError ? error : fromSystem(file, error);
  }
}

function create(file: string): void {
  try {
    closeSync(openSync(file, 'a', 0o600));
  } catch (error) {
    throw fromSystem(file, error);
  }
}

function mayUse(file: string): void {
  const checks = [
    [file, constants.R_OK, 'FILE_NO_PERMISSION', `${show(file)} may not be read by this user`],
    [file, constants.W_OK, 'FILE_READ_ONLY', `${show(file)} may not be written by this user`],
    [
      dirname(resolve(file)),
      constants.W_OK,
      'FILE_NO_PERMISSION',
      `the -wal file of ${show(file)} cannot be created: its folder is read-only`,
    ],
  ] as const;
  for (const [path, mode, code, what] of checks) {
    try {
      accessSync(path, mode);
    } catch {
      throw refused(code, what, 'allow this user to read and write the file and its folder');
    }
  }
}

function checkHeader(file: string): void {
  const header = Buffer.alloc(100);
  const at = openSync(file, 'r');
  const read = readSync(at, header, 0, 100, 0);
  closeSync(at);
  const magic = Buffer.from('SQLite format 3\0');
  if (!header.subarray(0, Math.min(read, 16)).equals(magic.subarray(0, read))) throw notADatabase(file);
  if (read < 100) throw damaged(file, `it is cut off after ${read} bytes`);
  if (header.readInt32BE(68) !== APPLICATION_ID) throw foreign(file);
  const format = header.readInt32BE(60);
  if (format > FORMAT) throw newer(file, format);
  const raw = header.readUInt16BE(16);
  const needed = header.readUInt32BE(28) * (raw === 1 ? 65_536 : raw);
  // A crash may leave the file short while its -wal file still holds the rest: then SQLite's recovery decides.
  const recoverable = (sizeOf(`${file}-wal`) ?? 0) + (sizeOf(`${file}-journal`) ?? 0) > 0;
  // Checked last: whoever writes a header writes the rest before the -wal file goes away.
  const size = sizeOf(file) ?? 0;
  if (size < needed && !recoverable) throw damaged(file, `it has ${size} bytes of ${needed}`);
}

function notADatabase(file: string): WaybillError {
  return refused(
    'FILE_NOT_A_DATABASE',
    `${show(file)} is not a SQLite database`,
    'give the path of a Waybill file, or of a file that does not exist yet',
  );
}

export function fromSystem(file: string, error: unknown): WaybillError {
  switch (codeOf(error)) {
    case 'ENOENT':
    case 'ENOTDIR':
      return refused('FILE_NO_FOLDER', `the folder of ${show(file)} does not exist`, 'create it, or give another path');
    case 'EACCES':
    case 'EPERM':
      return refused(
        'FILE_NO_PERMISSION',
        `${show(file)} may not be opened by this user`,
        'allow this user to use the file and its folder',
      );
    case 'EROFS':
      return refused('FILE_READ_ONLY', `${show(file)} is on a read-only file system`, 'give a path that can be written');
    case 'ENOSPC':
      return refused('DISK_FULL', `the disk of ${show(file)} is full`, 'free space');
    default:
      return refused('IO', `${show(file)} cannot be opened (${describe(error)})`, 'see the cause');
  }
}

function refused(code: string, what: string, fix: string): WaybillError {
  return new WaybillError(`STORE_${code}`, what, fix);
}

function codeOf(error: unknown): unknown {
  return (error as { code?: unknown } | null)?.code;
}
