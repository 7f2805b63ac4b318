import { isAbsolute, resolve } from 'node:path';
import type { Driver, DriverName } from './driver';

/** This file, or the bundle that it is a part of; the program that was started where a module does not know its own place. */
export const HERE = typeof __filename === 'string' && isAbsolute(__filename) ? __filename : resolve(process.argv[1] ?? 'index.js');

/** Throws as `require` does if the driver is not installed, or not built for this Node. */
export function loadDriver(name: DriverName, from = HERE): Driver {
  const loaded = (name === 'node:sqlite' ? require('./driver-node') : require('./driver-better')) as { load(from: string): Driver };
  return loaded.load(from);
}
