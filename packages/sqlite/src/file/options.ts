import { show, WaybillError } from '@waybill/core/store-kit';
import type { DriverName } from './driver';
import { defaultDriver } from './driver';
import type { Durability } from './connect';

export interface SqliteOptions {
  /**
   * 'full' (default): an acknowledged append survives a power cut. 'relaxed': a power cut may lose the last commits; a killed
   * process loses none.
   */
  readonly durability?: Durability;
  /** Where commits happen: in a 'worker' thread (default), or in the 'main' thread, which then waits for the disk. */
  readonly thread?: 'worker' | 'main';
  /** Default: node:sqlite if Node has it (22.13 and newer), else better-sqlite3. */
  readonly driver?: DriverName;
  /** Milliseconds that a commit waits while other processes hold the file's lock; default 5,000. Then `STORE_BUSY`: nothing was stored. */
  readonly busyTimeout?: number;
  /** Milliseconds after which a commit is given up with an unknown outcome; default 60,000. */
  readonly commitTimeout?: number;
}

const allowed: Readonly<Record<string, readonly string[]>> = {
  durability: ['full', 'relaxed'],
  thread: ['worker', 'main'],
  driver: ['node:sqlite', 'better-sqlite3'],
};

/** @throws WaybillError `STORE_OPTIONS`, naming every option that is wrong */
export function checkedOptions(file: string, options: SqliteOptions): Required<SqliteOptions> {
  const wrong: string[] = [];
  if (typeof file !== 'string' || file.trim() === '' || file.includes('\0')) wrong.push(`the file is ${show(file)}`);
  if (typeof options !== 'object' || options === null) wrong.push(`the options are ${show(options)}`);
  for (const [name, value] of Object.entries(options ?? {})) {
    if (value === undefined) continue;
    const texts = allowed[name];
    const number = name === 'busyTimeout' || name === 'commitTimeout';
    if (texts && !texts.includes(value)) wrong.push(`${name} is ${show(value)}, not one of ${texts.join(', ')}`);
    else if (number && !(Number.isInteger(value) && value >= 0 && value < 2 ** 31))
      wrong.push(`${name} is ${show(value)}, not a number of milliseconds`);
    else if (!texts && !number) wrong.push(`${show(name)} is not an option`);
  }
  if (wrong.length > 0) throw new WaybillError('STORE_OPTIONS', `sqlite(): ${wrong.join('; ')}`, 'correct the call');
  return {
    durability: options.durability ?? 'full',
    thread: file.trim() === ':memory:' ? 'main' : (options.thread ?? 'worker'),
    driver: options.driver ?? defaultDriver(),
    busyTimeout: options.busyTimeout ?? 5_000,
    commitTimeout: options.commitTimeout ?? 60_000,
  };
}
