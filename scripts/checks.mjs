// The checks behind npm test and npm run verify: types, lint, format, tests. All of them run, whatever fails, then one summary.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const bin = {
  tsc7: 'typescript7/bin/tsc',
  tsc6: 'typescript/bin/tsc6',
  eslint: 'eslint/bin/eslint.js',
  prettier: 'prettier/bin/prettier.cjs',
  jest: 'jest/bin/jest.js',
};

/** One more than cores: many tests wait for a disk or a child process. */
const WORKERS = Math.min(cpus().length, 7) + 1;

/** Exit code of a tool. What it prints goes to `print`, or where our own goes. */
function run(tool, args, print) {
  const stdio = ['ignore', ...(print ? ['pipe', 'pipe'] : ['inherit', 'inherit'])];
  const child = spawn(process.execPath, [join(root, 'node_modules', bin[tool]), ...args], { cwd: root, stdio });
  if (print) for (const stream of [child.stdout, child.stderr]) stream.on('data', print);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status) => resolve(status ?? 1));
  });
}

export const lint = (args) => run('eslint', args.length > 0 ? args : ['.']);

const checks = [
  ['types of tests (TypeScript 7)', 'tsc7', ['-p', 'tsconfig.test.json']],
  ['types of the public API (TypeScript 7)', 'tsc7', ['-p', 'test/types']],
  ['types of the public API (TypeScript 6)', 'tsc6', ['-p', 'test/types']],
  ['lint', 'eslint', ['.']],
  ['format', 'prettier', ['--check', '--log-level', 'warn', '.']],
];

/** One after the other; what they print waits until the tests, which run beside them, have printed theirs. */
async function check() {
  const ends = [];
  for (const [title, tool, args] of checks) {
    const printed = [];
    const status = await run(tool, args, (text) => printed.push(text));
    ends.push({ title, isGood: status === 0, printed: Buffer.concat(printed) });
  }
  return ends;
}

/** Runs jest; a suite that cannot even load counts as one failed test. */
async function jest(args) {
  const dir = mkdtempSync(join(tmpdir(), 'waybill-jest-'));
  const file = join(dir, 'results.json');
  try {
    const status = await run('jest', [`--maxWorkers=${WORKERS}`, '--json', `--outputFile=${file}`, ...args]);
    const result = JSON.parse(readFileSync(file, 'utf8'));
    const failed = result.numFailedTests + result.numRuntimeErrorTestSuites;
    const skipped = result.testResults.flatMap((suite) =>
      suite.assertionResults
        .filter((test) => test.status === 'pending' || test.status === 'todo')
        .map((test) => `${relative(root, suite.name)}: ${test.fullName}`),
    );
    return { passed: result.numPassedTests, failed: failed > 0 || status === 0 ? failed : 1, skipped };
  } catch (error) {
    process.stderr.write(`jest left no readable results: ${error.message}\n`);
    return { passed: 0, failed: 1, skipped: [] };
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

function printSkipped(skipped) {
  const aloud = skipped.filter((title) => title.includes('(skipped: '));
  if (skipped.length === 0) return;
  console.log('Skipped:');
  for (const title of aloud) console.log(`  ${title}`);
  if (skipped.length > aloud.length) console.log(`  ${skipped.length - aloud.length} without a stated reason (a filter, or test.skip)`);
}

/** Exit code of the whole. `npm test -- <jest arguments>` is the quick round: only the tests that are asked for. */
export async function test(built, args) {
  const outcomes = [['build', built === 0]];
  console.log('\n== tests');
  const checking = args.length === 0 ? check() : [];
  const tests = built === 0 ? await jest(args) : { passed: 0, failed: 0, skipped: [] };
  for (const { title, isGood, printed } of await checking) {
    console.log(`\n== ${title}`);
    process.stdout.write(printed);
    outcomes.push([title, isGood]);
  }
  const failedChecks = outcomes.filter(([, ok]) => !ok).map(([title]) => title);

  console.log('');
  printSkipped(tests.skipped);
  if (args.length > 0) console.log('Skipped: types, lint and format (arguments were given: only these tests ran)');
  if (built !== 0) console.log('Skipped: all tests (the build failed, they would run against old code)');
  const failedParts = tests.failed > 0 ? [...failedChecks, `tests (${tests.failed})`] : failedChecks;
  if (failedParts.length > 0) console.log(`Failed: ${failedParts.join(', ')}`);
  console.log(`Counted: checks ${outcomes.length}, tests ${tests.passed + tests.failed + tests.skipped.length}`);
  const passed = outcomes.length - failedChecks.length + tests.passed;
  const failed = failedChecks.length + tests.failed;
  console.log(`${passed} passed, ${failed} failed, ${tests.skipped.length} skipped`);
  return failed === 0 ? 0 : 1;
}
