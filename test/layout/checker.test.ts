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
  importsOf,
} from './checker';
import { namesOf } from './names';
import type { Manifest } from './table';
import { ruleFor, TABLE } from './table';

/** The checker itself, on planted violations: a check that cannot fail proves nothing. */
const MANIFESTS: Record<string, Manifest> = {
  'packages/core': { name: '@waybill/core', dependencies: { 'reflect-metadata': '1', rxjs: '1', '@standard-schema/spec': '1' } },
  'packages/waybill': { name: 'waybill', dependencies: { '@waybill/core': '1', inversify: '1' } },
  'packages/sqlite': { name: '@waybill/sqlite', dependencies: { '@waybill/core': '1' }, optionalDependencies: { 'better-sqlite3': '1' } },
  'packages/postgres': { name: '@waybill/postgres', dependencies: { '@waybill/core': '1', pg: '1' } },
  'packages/testing': { name: '@waybill/testing', dependencies: { '@waybill/core': '1' } },
  'samples/one': { dependencies: { waybill: '1', '@waybill/sqlite': '1', valibot: '1' } },
  bench: { dependencies: { waybill: '1', '@waybill/sample-one': '1' } },
};

function folder(path: string, manifest: Manifest = MANIFESTS[path] ?? {}) {
  return { path, manifest, rule: ruleFor(path, manifest) };
}
const inFile = (path: string, text: string, at: string): string[] =>
  checkImports(folder(path), { path: `${path}/${at}`, text }, ['fast-check']);
const inSrc = (path: string, text: string): string[] => inFile(path, text, 'src/a.ts');
const inTest = (path: string, text: string): string[] => inFile(path, text, 'test/a.test.ts');

describe('imports', () => {
  test.each([
    ["import a from 'x'", false],
    ["import 'x'", false],
    ["import { a, type B } from 'x'", false],
    ["import type { A } from 'x'", true],
    ["import { type A, type B } from 'x'", true],
    ["export * from 'x'", false],
    ["export type { A } from 'x'", true],
    ["import a = require('x')", false],
    ["const a = require('x')", false],
    ["const a = async () => import('x')", false],
    ['const a = import(`x`)', false],
    ["let a: import('x').A", true],
    ["jest.mock('x')", false],
  ])('%s is seen', (text, typeOnly) => {
    expect(importsOf({ path: 'a.ts', text })).toEqual([{ specifier: 'x', typeOnly, line: 1 }]);
  });

  test('comments and strings are not imports', () => {
    expect(importsOf({ path: 'a.ts', text: `// import 'x'\nconst a = "import 'x'";\n/* require('x') */` })).toEqual([]);
  });
});

describe('arrows that the table does not have', () => {
  test.each([
    ['packages/core', "import { readFileSync } from 'node:fs'", 'may not import node:fs'],
    ['packages/core', "import { readFileSync } from 'fs'", 'may not import fs'],
    ['packages/core', "import { Container } from 'inversify'", 'may not import inversify'],
    ['packages/core', "import { App } from 'waybill'", 'may not import waybill'],
    ['packages/core', "import { StandardSchemaV1 } from '@standard-schema/spec'", 'only types'],
    ['packages/waybill', "import { sqlite } from '@waybill/sqlite'", 'may not import @waybill/sqlite'],
    ['packages/waybill', "import 'reflect-metadata'", 'may not import reflect-metadata'],
    ['packages/sqlite', "import { App } from 'waybill'", 'may not import waybill'],
    ['packages/sqlite', "import { postgres } from '@waybill/postgres'", 'may not import @waybill/postgres'],
    ['packages/postgres', "import { sqlite } from '@waybill/sqlite'", 'may not import @waybill/sqlite'],
    ['packages/testing', "const { App } = require('waybill')", 'may not import waybill'],
    ['packages/testing', "export * from '@waybill/core/dist/gate'", 'reaches into @waybill/core'],
    ['packages/testing', "import { test } from '@jest/globals'", 'may not import @jest/globals'],
    ['packages/sqlite', "import { readFileSync } from 'fs'", 'is written node:fs'],
    ['samples/one', "import { Event } from '@waybill/core'", 'is not a door of samples/one'],
    ['samples/one', "import { LIMITS } from '@waybill/core/store-kit'", 'is not a door of samples/one'],
    ['packages/sqlite', "import { Store } from '@waybill/core'", 'is not a door of packages/sqlite'],
    ['packages/sqlite', "import { gate } from '@waybill/core/internal'", 'is not a door of packages/sqlite'],
    ['samples/one', "import { spec } from '@waybill/testing'", 'may not import @waybill/testing'],
    ['samples/one', "import { LogChecker } from '@waybill/testing/internal'", 'reaches into @waybill/testing'],
    ['samples/one', "import { postgres } from '@waybill/postgres'", 'not declared'],
    ['samples/one', "import { Hono } from 'hono'", 'may not import hono'],
    ['packages/unheard-of', "import 'waybill'", 'no place in the table'],
    ['packages/sqlite', "import { MemoryStore } from '../../core/src/memory-store'", 'leaves packages/sqlite/src'],
    ['packages/sqlite', "import manifest from '../package.json'", 'leaves packages/sqlite/src'],
  ])('%s: %s', (path, text, what) => {
    expect(inSrc(path, text)).toEqual([expect.stringContaining(what)]);
  });

  test('a declared dependency is asked for as well as an allowed one', () => {
    const bare = folder('packages/postgres', { name: '@waybill/postgres', dependencies: { '@waybill/core': '1' } });
    expect(checkImports(bare, { path: 'packages/postgres/src/a.ts', text: "import pg from 'pg'" }, [])).toEqual([
      'packages/postgres/src/a.ts:1: pg is not declared in packages/postgres/package.json',
    ]);
  });

  test('tests do not bring a second copy of a package, nor walk into another one', () => {
    expect(inTest('packages/core', "import { gate } from '../src/gate'")).toEqual([expect.stringContaining('second copy')]);
    expect(inTest('packages/core', "import * as all from '../src'")).toEqual([expect.stringContaining('second copy')]);
    expect(inTest('packages/sqlite', "import { gate } from '../../core/dist/gate'")).toEqual([
      expect.stringContaining('leaves packages/sqlite'),
    ]);
    expect(inTest('packages/sqlite', "import { App } from 'waybill'")).toEqual([expect.stringContaining('may not import waybill')]);
    expect(checkRootTest({ path: 'test/cases/a.test.ts', text: "import { gate } from '../../packages/core/dist/gate'" }, [])).toHaveLength(
      1,
    );
    expect(checkRootTest({ path: 'test/cases/a.test.ts', text: "import { gate } from '@waybill/core/dist/gate'" }, [])).toHaveLength(1);
    expect(checkRootTest({ path: 'test/cases/a.test.ts', text: "import express from 'express'" }, ['fast-check'])).toHaveLength(1);
  });

  test('every planted package of the table is refused to core', () => {
    const others = [...new Set(Object.values(TABLE).flatMap(({ may }) => may))].filter(
      (name) => name !== 'rxjs' && name !== 'reflect-metadata',
    );
    expect(others.flatMap((name) => inSrc('packages/core', `import '${name}'`))).toHaveLength(others.length);
  });
});

test('allowed arrows pass', () => {
  expect(
    inSrc('packages/core', "import 'reflect-metadata'; import { Subject } from 'rxjs'; import { map } from 'rxjs/operators';"),
  ).toEqual([]);
  expect(inSrc('packages/core', "import type { StandardSchemaV1 } from '@standard-schema/spec'; import { a } from './b';")).toEqual([]);
  expect(
    inSrc('packages/waybill', "export * from '@waybill/core'; import { Container } from 'inversify'; import { hash } from 'node:crypto';"),
  ).toEqual([]);
  expect(inSrc('packages/sqlite', "import { DatabaseSync } from 'node:sqlite'; require('better-sqlite3');")).toEqual([]);
  expect(
    inSrc('samples/one', "import { App } from 'waybill'; import { sqlite } from '@waybill/sqlite'; import * as v from 'valibot';"),
  ).toEqual([]);
  expect(
    inTest(
      'packages/core',
      "import fc from 'fast-check'; import { MemoryStore } from '@waybill/core'; import { gate } from '../dist/gate';",
    ),
  ).toEqual([]);
  expect(inTest('samples/one', "import { spec } from '@waybill/testing'; import { skipAloud } from '../../../test/skipped';")).toEqual([]);
  expect(
    checkRootTest(
      {
        path: 'test/cases/a.test.ts',
        text: "import fc from 'fast-check'; import '../skipped'; import 'waybill'; import '@waybill/testing/internal'",
      },
      ['fast-check'],
    ),
  ).toEqual([]);
});

describe('package.json', () => {
  test.each([
    ['packages/core', { dependencies: { inversify: '7' } }, 'may not depend on inversify'],
    ['packages/core', { peerDependencies: { waybill: '1' } }, 'may not depend on waybill'],
    ['packages/sqlite', { optionalDependencies: { sqlite3: '5' } }, 'may not depend on sqlite3'],
    ['packages/sqlite', { dependencies: { '@waybill/postgres': '1' } }, 'may not depend on @waybill/postgres'],
    ['packages/testing', { devDependencies: { waybill: '1' } }, 'not even in development'],
    ['samples/one', { dependencies: { '@waybill/core': '1' } }, 'may not depend on @waybill/core'],
    ['packages/unheard-of', {}, 'no place in the table'],
  ] as [string, Manifest, string][])('%s with %j', (path, manifest, what) => {
    expect(checkManifest(folder(path, manifest))).toEqual([expect.stringContaining(what)]);
  });

  test('the real shapes pass', () => {
    expect(Object.keys(MANIFESTS).flatMap((path) => checkManifest(folder(path)))).toEqual([]);
  });
});

describe('rooms', () => {
  const file = (name: string, text: string) => ({ path: `src/${name}.ts`, text });
  const check = (...files: { path: string; text: string }[]): string[] => checkRooms(files, ['base', 'flow', 'index'], 'src');

  test('the own room, rooms above it and a door over all of them pass', () => {
    expect(
      check(
        file('base/errors', "import { show } from './text'"),
        file('base/text', ''),
        file('flow/memory/gate', "export type { Bad } from '../../base/errors'; import './log'"),
        file('flow/memory/log', ''),
        file('index', "export * from './flow/memory/gate'; export * from './base/errors'"),
      ),
    ).toEqual([]);
  });
  test('an arrow to a later room fails, for a type too, and so does one from a room to a door', () => {
    const flow = file('flow/gate', '');
    expect(check(flow, file('base/errors', "import { gate } from '../flow/gate'"))).toEqual([
      'src/base/errors.ts:1: base imports flow/gate, which does not stand above it',
    ]);
    expect(check(flow, file('base/errors', "\nimport type { Gate } from '../flow/gate'"))).toEqual([
      expect.stringContaining('errors.ts:2:'),
    ]);
    expect(check(file('index', ''), file('flow/gate', "export * from '../index'"))).toHaveLength(1);
    expect(check(file('index', ''), file('flow/gate', "import '..'"))).toHaveLength(1);
  });
  test('a file or a folder without a place fails', () => {
    expect(check(file('utils', ''))).toEqual([expect.stringContaining('src/utils.ts: stands in no room')]);
    expect(check(file('helpers/errors', ''))).toHaveLength(1);
  });
});

describe('circles', () => {
  const file = (name: string, text: string) => ({ path: `src/${name}.ts`, text });
  const a = file('a', "import { b } from './b/index'");

  test('a tree and a diamond pass', () => {
    const d = file('d', '');
    expect(checkCircles([a, file('b/index', "import '../d'; import '../c'"), file('c', "import type { D } from './d'"), d], 'src')).toEqual(
      [],
    );
  });
  test.each([
    ['two files', "import { a } from '../a'", 'a → b/index → a'],
    ['types only', "import type { A } from '../a'", 'a → b/index → a'],
    ['an import type', "export type B = import('../a').A", 'a → b/index → a'],
    ['a third file, by its folder', "export * from '../c'", 'a → b/index → c → a'],
  ])('a circle of %s is named once', (_, text, circle) => {
    expect(checkCircles([a, file('b/index', text), file('c', "import type { A } from './a'")], 'src')).toEqual([
      `src: a circle of imports: ${circle}`,
    ]);
  });
  test('a file that imports itself fails', () => {
    expect(checkCircles([file('b/index', "import '../b'"), file('c', "import './c'")], 'src')).toHaveLength(2);
  });
});

describe('size', () => {
  const file = (lines: number) => ({ path: 'a.ts', text: 'x\n'.repeat(lines) });
  test('of one file and of all together', () => {
    expect(checkFileSize(file(200), 200)).toEqual([]);
    expect(checkFileSize(file(201), 200)).toEqual(['a.ts: 201 lines, at most 200']);
    expect(checkTotalSize([file(200), file(200)], 400, 'core')).toEqual([]);
    expect(checkTotalSize([file(200), file(201)], 400, 'core')).toEqual(['core: 401 lines in all, at most 400']);
  });
});

test('a lockfile that names another host fails', () => {
  const lock = (resolved?: string, link?: boolean): string => JSON.stringify({ packages: { 'node_modules/a': { resolved, link } } });
  expect(checkLockfile(lock())).toEqual([]);
  expect(checkLockfile(lock('packages/a', true))).toEqual([]);
  expect(checkLockfile(lock('https://registry.npmjs.org/a/-/a-1.0.0.tgz'))).toEqual([]);
  expect(checkLockfile(lock('https://mirror.example/a/-/a-1.0.0.tgz'))).toHaveLength(1);
  expect(checkLockfile(lock('http://registry.npmjs.org/a/-/a-1.0.0.tgz'))).toHaveLength(1);
  expect(checkLockfile(lock('https://registry.npmjs.org.example/a.tgz'))).toHaveLength(1);
  expect(checkLockfile(lock('git+ssh://git@example.com/a.git#1'))).toHaveLength(1);
});

test('a text that names a place of one machine fails', () => {
  const found = (text: string): string[] => checkPlaces({ path: 'a.md', text });
  const planted = [
    ['', 'work', 'main'],
    ['', 'tmp', 'x.db'],
    ['', 'home', 'me'],
    ['..', 'shared'],
  ].map((parts) => parts.join('/'));
  for (const place of planted) expect(found(`first\nsee "${place}" there`)).toEqual([`a.md:2: names the place ${place}`]);
  expect(found(['https://example.com', 'work', 'x'].join('/'))).toEqual([]);
  expect(found('os.tmpdir(), ./work/x and /tmp/ alone')).toEqual([]);
});

describe('public names', () => {
  const names = (text: string) =>
    namesOf('a.ts', (path) => (path === 'a.ts' ? text : "export { B } from './b'; export type { T } from './b';"));

  test('are those of the export clauses, types apart from values, and those of a door that is handed on', () => {
    const text = "export { b, type C, a as d } from './x'; export type { E } from './x'; export * from '@waybill/core';";
    expect(names(text)).toEqual({ values: ['B', 'b', 'd'], types: ['C', 'E', 'T'] });
  });
  test('that a star would hide are refused', () => {
    expect(() => names("export * from './x'")).toThrow('hides which names it exports');
  });
});
