import { execFile } from 'node:child_process';
import { join } from 'node:path';

const run = (...args: string[]): Promise<{ stdout: string; stderr: string }> =>
  new Promise((resolve) => {
    execFile(process.execPath, [join(__dirname, 'rejections.cjs'), ...args], (_, stdout, stderr) => resolve({ stdout, stderr }));
  });

test('a promise that a method of the simulated classes leaves rejected is a violation', async () => {
  expect((await run('own')).stdout).toMatch(/^SIMULATION_FAILED: I14: a promise is rejected and not handled: Error: nobody waits/);
});

test('a promise of other code in the process is none: whoever listens hears of it', async () => {
  expect((await run('foreign', 'listening')).stdout).toBe('heard: of somebody else\nschedules: 20\n');
});

test('a promise of other code ends the process as it would without a simulation', async () => {
  const { stdout, stderr } = await run('foreign');
  expect(stdout).toBe('');
  expect(stderr).toMatch(/Error: of somebody else/);
});
