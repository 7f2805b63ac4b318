import type { Driver, DriverName } from './driver';

/** Throws as `require` does if the driver is not installed, or not built for this Node. */
export function loadDriver(name: DriverName): Driver {
  const loaded = (name === 'node:sqlite' ? require('./driver-node') : require('./driver-better')) as { load(): Driver };
  return loaded.load();
}
