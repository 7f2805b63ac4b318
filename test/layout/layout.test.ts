import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { skipAloud } from '../skipped';
import type { Folder, SourceFile } from './checker';
import {
  checkCircles,
  checkFileSize,
  checkImports,
  checkLockfile,
  checkManifest,
  checkPlaces,
  checkRooms,
  checkRootTest,
  checkTotalSize,
} from './checker';
import { listing, namesOf, PUBLIC } from './names';
import type { Manifest } from './table';
import { CORE_LINES, declared, FILE_LINES, isOurs, ROOMS, ruleFor } from './table';

const root = join(__dirname, '..', '..');
const CORE_SRC = 'packages/core/src';

const textOf = (path: string): string => readFileSync(join(root, path), 'utf8');
const jsonOf = <T>(path: string): T => JSON.parse(textOf(path)) as T;

/** All .ts files below a folder. */
function typescriptIn(path: string): SourceFile[] {
  if (!existsSync(join(root, path))) return [];
  return readdirSync(join(root, path), { withFileTypes: true }).flatMap((entry) => {
    const child = posix.join(path, entry.name);
    if (entry.isDirectory()) return entry.name === 'node_modules' || entry.name === 'dist' ? [] : typescriptIn(child);
    return entry.name.endsWith('.ts') ? [{ path: child, text: textOf(child) }] : [];
  });
}

const folders: Folder[] = ['packages', 'samples']
  .flatMap((group) => readdirSync(join(root, group)).map((name) => posix.join(group, name)))
  .concat('bench')
  .filter((path) => existsSync(join(root, path, 'package.json')))
  .map((path) => {
    const manifest = jsonOf<Manifest>(`${path}/package.json`);
    return { path, manifest, rule: ruleFor(path, manifest) };
  });
const testTools = Object.keys(jsonOf<Manifest>('package.json').devDependencies ?? {});

describe.each(folders.map((folder) => [folder.path, folder] as const))('%s', (path, folder) => {
  test('imports only what the table allows, and never across its border', () => {
    expect(typescriptIn(path).flatMap((file) => checkImports(folder, file, testTools))).toEqual([]);
  });

  test('declares only what the table allows', () => {
    expect(checkManifest(folder)).toEqual([]);
  });

  test('is compiled by the root build, after the packages that it needs', () => {
    if (typescriptIn(`${path}/src`).length === 0) return;
    const references = (file: string): string[] =>
      (jsonOf<{ references?: { path: string }[] }>(file).references ?? []).map((one) => posix.join(posix.dirname(file), one.path));
    const needs = folders.filter(({ manifest: { name = '' } }) => isOurs(name) && declared(folder.manifest).includes(name));
    expect(references('tsconfig.json')).toContain(path);
    expect(references(`${path}/tsconfig.json`)).toEqual(expect.arrayContaining(needs.map((one) => one.path)));
  });

  test('has no circle of imports, by types neither', () => {
    expect(checkCircles(typescriptIn(`${path}/src`), `${path}/src`)).toEqual([]);
  });

  test('reads from top to bottom: no file imports a room that does not stand above its own', () => {
    const rooms = ROOMS[path];
    if (rooms !== undefined) expect(checkRooms(typescriptIn(`${path}/src`), rooms, `${path}/src`)).toEqual([]);
  });

  test(`keeps each file of src within ${FILE_LINES} lines`, () => {
    if (!path.startsWith('packages/')) return;
    expect(typescriptIn(`${path}/src`).flatMap((file) => checkFileSize(file, FILE_LINES))).toEqual([]);
  });
});

describe('packages/core/src', () => {
  test(`stays within ${CORE_LINES} lines in all`, () => {
    expect(checkTotalSize(typescriptIn(CORE_SRC), CORE_LINES, CORE_SRC)).toEqual([]);
  });
});

describe('the repository', () => {
  test('tests across packages import packages by their names', () => {
    const tools = [...testTools, ...folders.flatMap(({ manifest }) => declared(manifest))];
    expect(typescriptIn('test').flatMap((file) => checkRootTest(file, tools))).toEqual([]);
  });

  test('installs from the public default registry only', () => {
    expect(checkLockfile(textOf('package-lock.json'))).toEqual([]);
  });

  const title = 'names no place that exists on one machine only';
  if (!existsSync(join(root, '.git'))) skipAloud(title, 'not a git checkout, so no list of its files');
  else {
    test(title, () => {
      const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: root, encoding: 'utf8' });
      const files = listed.split('\0').filter((path) => path !== '' && path !== 'package-lock.json' && existsSync(join(root, path)));
      const texts = files.map((path) => ({ path, text: textOf(path) })).filter(({ text }) => !text.includes('\0'));
      expect(texts.flatMap(checkPlaces)).toEqual([]);
    });
  }
});

test('one ItemAdded changes rooms fewer than 50 times on its way from the subscription to its outcome', () => {
  const { rooms } = JSON.parse(execFileSync(process.execPath, [join(__dirname, 'trip.cjs')], { encoding: 'utf8' })) as { rooms: number };
  expect(rooms).toBeGreaterThan(10);
  expect(rooms).toBeLessThan(50);
});

describe('public names', () => {
  // Loaded outside of a test: @waybill/testing says at the end of each test what it found.
  const loaded = Object.keys(PUBLIC).map((name) => Object.keys(require(name) as object).sort());
  const list = join(__dirname, 'names.txt');

  test('test/layout/names.txt lists them', () => {
    const now = listing(textOf);
    if (process.env['WAYBILL_NAMES'] === 'write') writeFileSync(list, now);
    expect(now).toBe(readFileSync(list, 'utf8'));
  });

  test('an application sees at most 52 values and 85 types', () => {
    const { values, types } = namesOf(PUBLIC['waybill'] as string, textOf);
    expect(values.length).toBeLessThanOrEqual(52);
    expect(types.length).toBeLessThanOrEqual(85);
  });

  test('what is loaded has these values and no other', () => {
    expect(loaded).toEqual(Object.values(PUBLIC).map((path) => namesOf(path, textOf).values));
  });
});
