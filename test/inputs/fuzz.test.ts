import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

/** In a process of its own, as `node test/inputs/fuzz.cjs --inputs 1000000` runs it. */
function fuzz(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [join(__dirname, 'fuzz.cjs'), ...args], { encoding: 'utf8', timeout: 110_000 });
}

test('whatever a row, a snapshot, a mark or a line of a feed holds: it is read, or refused by code, and Object.prototype stays as it is', () => {
  const { status, stdout, stderr } = fuzz('--inputs', '12000', '--seed', '1', '--json');
  const { inputs, decoded, coded, findings } = JSON.parse(stdout) as Record<'inputs' | 'decoded' | 'coded', number> & { findings: unknown };
  expect({ findings, stderr, status }).toEqual({ findings: [], stderr: '', status: 0 });
  expect(inputs).toBeGreaterThan(11_500);
  expect(decoded).toBeGreaterThan(4_000);
  expect(coded).toBeGreaterThan(1_000);
});

test('wrong arguments end with 2 and a code', () => {
  for (const args of [['--bogus'], ['--inputs', '0'], ['--seed', 'x']]) {
    const { status, stderr } = fuzz(...args);
    expect([status, /^FUZZ_USAGE: .* Fix: /.test(stderr)]).toEqual([2, true]);
  }
});
