import { execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { storeContract } from '@waybill/testing';
import { isWhole } from '../../../test/whole';
import { skipAloud } from '../../../test/skipped';
import { defaultDriver } from '../dist/file/driver';
import { loadDriver } from '../dist/file/load-driver';
import { logFile } from './kit';

/** The contract runs on the driver that this Node gets by default; here it runs on the other one. */
if (defaultDriver() === 'node:sqlite') onBetterSqlite();
else onNewerNode();

function onBetterSqlite(): void {
  const title = `sqlite(file, { driver: 'better-sqlite3' })`;
  try {
    loadDriver('better-sqlite3');
  } catch {
    skipAloud(`${title} keeps the store contract`, 'this Node does without it: npm install --no-save ./packages/sqlite/native');
    return;
  }
  storeContract(title, () => logFile({ driver: 'better-sqlite3' }));
}

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
  test(
    title,
    () => {
      const root = join(__dirname, '../../..');
      const jest = join(require.resolve('jest/package.json'), '../bin/jest.js');
      // With the default options the worker writes through the driver, and the main thread reads through it.
      const part = isWhole ? [] : ['--testNamePattern', '^sqlite\\(file\\) keeps'];
      const args = [jest, '--ci', '--runInBand', '--json', join(__dirname, 'contract.test.ts'), ...part];
      const { status, stdout, stderr } = spawnSync(node, args, { cwd: root, encoding: 'utf8', maxBuffer: 1e8 });
      if (status !== 0) throw new Error(stderr);
      expect((JSON.parse(stdout) as { numPassedTests: number }).numPassedTests).toBeGreaterThanOrEqual(isWhole ? 300 : 100);
    },
    300_000,
  );
}
