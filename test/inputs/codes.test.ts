import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { codesIn, codesInSource } from './codes';
import { ELSEWHERE, NO_CODES } from './elsewhere';
import { SECTIONS } from './table';

const ROOT = resolve(__dirname, '../..');
const inTable = new Set(SECTIONS.flatMap(({ rows }) => rows.map(({ code }) => code)));
const raised = [...codesInSource().keys()].filter((code) => !NO_CODES.includes(code));

test('every code that a package can raise stands in the table, or in the list of those that need more than one call, with a reason', () => {
  expect(raised.filter((code) => !inTable.has(code) && !(code in ELSEWHERE)).sort()).toEqual([]);
});

test('the list holds no code that the table has, and none that nobody raises', () => {
  expect(Object.keys(ELSEWHERE).filter((code) => inTable.has(code) || !raised.includes(code))).toEqual([]);
  expect(NO_CODES.filter((code) => !codesInSource().has(code))).toEqual([]);
});

test('the test that the list names for a code is there, and speaks of it', () => {
  const named = Object.entries(ELSEWHERE).flatMap(([code, { test: file }]) => (file === undefined ? [] : [[code, file] as const]));
  expect(named.filter(([code, file]) => !readFileSync(join(ROOT, file), 'utf8').includes(code))).toEqual([]);
});

test('a new code is found however it is raised', () => {
  expect([...codesIn(`throw new WaybillError('NEW_ONE', 'x', 'y'); const LATER = 'NEW_TWO'; \n// 'NOT_THIS'\n/** 'NOR_THIS' */`)]).toEqual([
    'NEW_ONE',
    'NEW_TWO',
  ]);
  expect([...codesIn(`return failure('IO', what, fix); refused('FILE_LOST', a, b)`, true)]).toEqual(['STORE_FILE_LOST', 'STORE_IO']);
});
