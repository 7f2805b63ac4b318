import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DOCUMENT, documentOf, stable } from './document';
import { SECRET, told } from './table/wrong';
import type { Told } from './table/wrong';
import { prototypes } from './prototypes';
import { SECTIONS } from './table';

const folder = mkdtempSync(join(tmpdir(), 'waybill-inputs-'));
const clean = prototypes();
const printed = new Map<string, Told>();
const unhandled: unknown[] = [];
const note = (error: unknown): void => void unhandled.push(error);
process.on('unhandledRejection', note);
afterAll(() => {
  process.off('unhandledRejection', note);
  rmSync(folder, { recursive: true, force: true });
});

for (const { title, rows } of SECTIONS) {
  describe(`${title}: what is wrong is told by code, value, place and fix`, () => {
    test.each(rows.map((row) => [row.what, row.code, row] as const))('%s: %s', async (what, code, { names, run }) => {
      const scene = { folder: mkdtempSync(join(folder, 'case-')) };
      const all = await told(() => run(scene));
      const { text, code: came, fix } = all;
      expect({ code: came, text }).toMatchObject({ code });
      for (const name of names) expect(text).toContain(name);
      expect(text).not.toContain(SECRET);
      expect(text).not.toMatch(/^\s+at .*:\d+:\d+/m);
      expect(fix.length).toBeGreaterThan(5);
      expect(text.length).toBeLessThan(2_000);
      await new Promise((resolve) => setImmediate(resolve));
      expect(unhandled.splice(0)).toEqual([]);
      clean();
      const same = (part: string): string => stable(part, scene.folder);
      printed.set(what, { code: came, what: same(all.what), fix: same(fix), text: same(text) });
    });
  });
}

test('no two entries do the same thing, and there are at least 40 of them', () => {
  const all = SECTIONS.flatMap(({ rows }) => rows.map(({ what }) => what));
  expect(new Set(all).size).toBe(all.length);
  expect(all.length).toBeGreaterThanOrEqual(40);
});

test('packages/waybill/ERRORS.md is what these tests have printed (WAYBILL_ERRORS=write npm test -- test/inputs)', () => {
  const missing = SECTIONS.flatMap(({ rows }) => rows.filter(({ what }) => !printed.has(what)).map(({ what }) => what));
  expect(missing).toEqual([]);
  const now = documentOf(printed);
  if (process.env['WAYBILL_ERRORS'] === 'write') writeFileSync(DOCUMENT, now);
  expect((existsSync(DOCUMENT) ? readFileSync(DOCUMENT, 'utf8') : '').split('\n')).toEqual(now.split('\n'));
});
