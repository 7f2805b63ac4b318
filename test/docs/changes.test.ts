import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

const file = resolve(__dirname, '../../docs/changing-a-running-system.md');

interface Row {
  readonly change: string;
  /** Pieces of titles, and the files that they are in. */
  readonly tests: readonly (readonly [title: string, file: string])[];
}

/** The rows of every table whose last column names tests. */
const rows: Row[] = [];
let isTable = false;
for (const line of readFileSync(file, 'utf8').split('\n')) {
  const cells = line.split('|').map((cell) => cell.trim());
  if (cells.length < 3) isTable = false;
  else if (cells.at(-2) === 'Tests') isTable = true;
  else if (isTable && !/^[-:]+$/.test(cells[1] as string)) {
    const tests = [...(cells.at(-2) as string).matchAll(/\[([^\]]+)\]\(([^)]+)\)/g)].map(
      ([, title, path]) => [title, path] as [string, string],
    );
    rows.push({ change: cells[1] as string, tests });
  }
}

test('the guide to changes has its tables', () => {
  expect(rows.length).toBeGreaterThan(30);
});

/** The texts in a file that could be titles: what stands in quotes. */
function titlesOf(path: string): string[] {
  const text = readFileSync(path, 'utf8');
  return [...text.matchAll(/'((?:[^'\\\n]|\\.)*)'|`((?:[^`\\]|\\.)*)`/g)].map(([, single, template]) => single ?? template ?? '');
}

test.each(rows.map((row) => [row.change, row] as const))('"%s" is shown by tests that are there', (_, { tests }) => {
  expect(tests.length).toBeGreaterThan(0);
  const missing = tests.filter(([title, path]) => {
    const at = join(dirname(file), path);
    return !/\.test\.ts$/.test(path) || !existsSync(at) || !titlesOf(at).some((one) => one.includes(title));
  });
  expect(missing).toEqual([]);
});
