import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

interface Result {
  readonly verdict: string;
  readonly problems: readonly string[];
  readonly ended: { readonly sent: { first: number; copy: number }; readonly last: { heap: number; rss: number }; readonly orders: number };
  readonly checked: { readonly complete: number; readonly broken: number; readonly audits: Record<string, { violations: unknown[] }> };
}

let folder: string;
beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'waybill-soak-test-'))));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function soak(...args: string[]): Promise<{ code: number | null; out: string; err: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(__dirname, 'main.cjs'), ...args], { env: { ...process.env, TMPDIR: folder } });
    let [out, err] = ['', ''];
    child.stdout.on('data', (text) => (out += String(text)));
    child.stderr.on('data', (text) => (err += String(text)));
    child.once('error', reject).once('close', (code) => resolve({ code, out, err }));
  });
}

test('20,000 messages, a fifth of them copies, made while they are consumed: every order once, every delivery counted, the audit clean', async () => {
  const { code, out, err } = await soak('--messages', '20000', '--json');
  const result = JSON.parse(out) as Result;
  expect([result.problems, result.verdict, code]).toEqual([[], 'ok', 0]);
  const { sent, orders, last } = result.ended;
  expect(sent.first + sent.copy).toBeGreaterThan(19_000);
  expect(sent.copy / (sent.first + sent.copy)).toBeCloseTo(0.2, 1);
  expect(result.checked).toMatchObject({ broken: 0, audits: { plain: { violations: [] }, classes: { violations: [] } } });
  expect(result.checked.complete).toBeGreaterThan(0.9 * orders);
  expect(last.heap).toBeLessThan(150);
  expect(err).toContain('heap MB');
  expect(readdirSync(folder)).toEqual([]);
});

test.each([[['--messages', '0']], [['--messages', 'many']], [['--every', '1.5']], [['--bogus']], [['extra']]])(
  'a wrong call ends with 2, and says what is wrong and how it is called: %j',
  async (args) => {
    const { code, out, err } = await soak(...args);
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(/^SOAK_USAGE: .*(--messages|--every|--bogus|extra)/);
    expect(err).toContain('npm run soak');
  },
);

interface Judging {
  slopeOf(samples: readonly { at: number; heap: number }[], field: string): { slope: number; error: number } | undefined;
}
test('the slope is that of the samples behind the warm-up, per 100,000 messages', () => {
  const { slopeOf } = jest.requireActual<Judging>('./memory.cjs');
  const samples = Array.from({ length: 20 }, (_, i) => ({ at: 50_000 * (i + 1), heap: i < 4 ? 10 * i : 40 + i }));
  const found = slopeOf(samples, 'heap');
  expect(found?.slope).toBeCloseTo(2, 6);
  expect(found?.error).toBeCloseTo(0, 6);
  expect(slopeOf(samples.slice(0, 3), 'heap')).toBeUndefined();
});
