import { execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { isWhole } from '../../../test/whole';
import { skipAloud } from '../../../test/skipped';
import { defaultDriver } from '../dist/file/driver';

/** The contract runs on the driver that this Node gets by default; here it runs on the other one. */
if (defaultDriver() === 'node:sqlite')
  skipAloud(
    `sqlite(file, { driver: 'better-sqlite3' }) keeps the store contract`,
    'npm leaves better-sqlite3 out on this Node: run it on Node 20',
  );
else onNewerNode();

function onNewerNode(): void {
  const title = 'sqlite(file, { driver: node:sqlite }) keeps the store contract on Node 24';
  let node: string;
  try {
    const args = ['-y', '-p', 'node@24', 'node', '-p', 'process.execPath'];
    node = execFileSync('npx', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], timeout: 120_000 }).trim();
  } catch (error) {
    skipAloud(title, `npx cannot get it: ${String(error).split('\n')[0]}`);
    return;
  }
  test(title, () => {
    const root = join(__dirname, '../../..');
    const jest = join(require.resolve('jest/package.json'), '../bin/jest.js');
    // With the default options the worker writes through the driver, and the main thread reads through it.
    const part = isWhole ? [] : ['--testNamePattern', '^sqlite\\(file\\) keeps'];
    const args = [jest, '--ci', '--runInBand', '--json', join(__dirname, 'contract.test.ts'), ...part];
    const { status, stdout, stderr } = spawnSync(node, args, { cwd: root, encoding: 'utf8', maxBuffer: 1e8 });
    if (status !== 0) throw new Error(stderr);
    expect((JSON.parse(stdout) as { numPassedTests: number }).numPassedTests).toBeGreaterThanOrEqual(isWhole ? 300 : 100);
  });
}
