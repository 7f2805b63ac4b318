import { defaultDriver } from '../dist/file/driver';
import { isOld } from '../dist/file/sqlite-version';

test('node:sqlite is the default from Node 22.13 on, better-sqlite3 before', () => {
  const drivers = ['20.19.0', '22.12.0', '22.13.0', '24.0.0'].map((node) => defaultDriver(node));
  expect(drivers).toEqual(['better-sqlite3', 'better-sqlite3', 'node:sqlite', 'node:sqlite']);
});

test('SQLite below 3.51.3 is warned of: its WAL reset may damage a file', () => {
  expect(['3.45.1', '3.50.9', '3.51.2'].map(isOld)).toEqual([true, true, true]);
  expect(['3.51.3', '3.53.0', '4.0.0'].map(isOld)).toEqual([false, false, false]);
});
