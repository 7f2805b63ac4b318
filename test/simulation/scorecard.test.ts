import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { mutants } from './mutants';

interface Row {
  readonly name: string;
  readonly equivalent?: string;
  /** What caught it. */
  readonly by?: string;
  readonly schedules: number;
}

/** A process of its own: each bug is planted in a copy of core of its own. */
const table = promisify(execFile)(process.execPath, [join(__dirname, 'main.cjs'), '--scorecard', '--hinted', '--json'], {
  maxBuffer: 1e8,
}).then(
  ({ stdout }) => JSON.parse(stdout) as Row[],
  (error: { stdout?: string; stderr?: string }) => {
    if (error.stdout) return JSON.parse(error.stdout) as Row[];
    throw new Error(error.stderr);
  },
);
table.catch(() => undefined);

describe('planted bugs', () => {
  test.each(mutants.filter(({ equivalent }) => equivalent === undefined).map(({ name }) => name))('is caught: %s', async (name) => {
    const row = (await table).find((one) => one.name === name);
    expect(row?.by).toBeDefined();
  });

  test.each(mutants.flatMap(({ name, equivalent }) => (equivalent === undefined ? [] : [[name, equivalent]])))(
    'makes no difference: %s: %s',
    async (name) => {
      const row = (await table).find((one) => one.name === name);
      expect(row).toBeDefined();
      expect(row?.by).toBeUndefined();
    },
  );
});

test('SCORECARD.md has a row of each planted bug, with its rule, and of no other', () => {
  const rows =
    readFileSync(join(__dirname, 'SCORECARD.md'), 'utf8')
      .split('planted bug |')[1]
      ?.match(/^\| .*$/gm) ?? [];
  const named = rows.map((row) => row.split(' | ').slice(0, 2)).filter(([name]) => !name?.startsWith('| ---'));
  expect(named.map(([name, rule]) => `${name}: ${rule}`)).toEqual(mutants.map(({ name, rule }) => `| ${name}: ${rule}`));
});
