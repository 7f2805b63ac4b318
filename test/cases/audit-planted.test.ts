import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sqlite } from '@waybill/sqlite';
import { classEntry, define, load, snapshotOf } from '@waybill/core/internal';
import type { ActorDefinition } from '@waybill/core/internal';
import { Applies, audit, INVARIANTS, realRuntime, Saga } from 'waybill';
import type { Audit, AuditOptions, Store } from 'waybill';
import { everything, USE } from './audit-log';
import { Finished, Jobs, JobsWithSnapshots, Step } from './complete-actors';
import { Surgeon } from './surgeon';
import type { RawRow } from './surgeon';
import { ANY, DECIDED, plants, USED } from './audit-plants';

const folder = mkdtempSync(join(tmpdir(), 'waybill-audit-'));
const clean = join(folder, 'clean.db');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

beforeAll(async () => {
  const open: Store[] = [];
  const connect = async () => {
    const store = sqlite(clean, { durability: 'relaxed', thread: 'main' });
    open.push(store);
    return store;
  };
  await everything({ connect, close: () => Promise.resolve() });
  for (const store of open) await store.close();
});

let made = 0;
/** The clean log with one alteration. */
async function altered(
  alter: (surgeon: Surgeon) => RawRow | undefined | void,
  options: AuditOptions,
): Promise<[Audit, RawRow | undefined]> {
  const file = join(folder, `${++made}.db`);
  copyFileSync(clean, file);
  const surgeon = new Surgeon(file);
  const row = alter(surgeon) ?? undefined;
  surgeon.close();
  const store = sqlite(file, { thread: 'main' });
  try {
    return [await audit(store, options), row];
  } finally {
    await store.close();
  }
}

describe('a log of every kind of row', () => {
  test.each([
    ['without its classes', {}],
    ['with two actors in memory at once', { actors: 2 }],
    ['with its classes', USED],
    ['with every decision taken again', DECIDED],
  ])('is clean as it was written: %s', async (_, options) => {
    const [result] = await altered(() => undefined, options);
    expect(result).toMatchObject({ ok: true, violations: [] });
    expect(result.rows).toBeGreaterThan(90);
  });

  const cases = plants.map(([title, invariant, alter, options]) => [title, invariant, alter, options ? [options] : ANY] as const);
  test.each(cases)('%s: it is found as %s, at the row', async (_, invariant, alter, ways) => {
    for (const options of ways) {
      const [result, row] = await altered(alter, options);
      expect(result.ok).toBe(false);
      const [{ invariant: found, at, what }] = result.violations as [(typeof result.violations)[0]];
      expect({ found, what, at: at?.position }).toEqual({ found: invariant, what: expect.any(String) as string, at: row?.position });
    }
  });

  test('every invariant has its plant', () => {
    expect([...new Set(plants.map(([, invariant]) => invariant)), 'I4'].sort()).toEqual(Object.keys(INVARIANTS).sort());
  });

  test('a fold that moves the status back is found as I4', async () => {
    @Saga('jobs', { ...(classEntry(Jobs).options as object) })
    class JobsBack extends Jobs {
      @Applies(Finished) override finished(_: Finished, s: Parameters<Jobs['finished']>[1]) {
        return { ...s, status: 'begun' as const };
      }
      @Applies(Step) override step(e: Step, s: Parameters<Jobs['step']>[1]) {
        return { ...super.step(e, s), status: 'open' as const };
      }
    }
    const [result] = await altered(() => undefined, { use: [JobsBack, ...USE.slice(1)] });
    expect(result.violations).toMatchObject([{ invariant: 'I4', what: expect.stringContaining('from "begun" back to "open"') as string }]);
  });

  test('a snapshot that is not what the rows fold to is found as I9; a damaged one, and one of other code, is nobody’s', async () => {
    const use = [JobsWithSnapshots, ...USE.slice(1)];
    const definition = define(JobsWithSnapshots, new JobsWithSnapshots()) as ActorDefinition;
    const kept = async (change: (text: string) => string, over = 0): Promise<Audit> => {
      const file = join(folder, `${++made}.db`);
      copyFileSync(clean, file);
      const store = sqlite(file, { thread: 'main' });
      const fold = await load(store, definition, 'jobs-b', realRuntime);
      const body = change(snapshotOf(definition, fold, realRuntime).split('\n')[1] as string);
      const sum = over < 0 ? 'damaged' : realRuntime.hash(body);
      await store.snapshot('jobs-b').save({ version: (fold.version as number) + Math.max(0, over), data: `${sum}\n${body}` });
      const result = await audit(store, { use });
      await store.close();
      return result;
    };
    expect(await kept((text) => text)).toMatchObject({ ok: true });
    const wrong = (text: string) => text.replace('"wanted":2', '"wanted":3');
    expect((await kept(wrong)).violations).toMatchObject([
      { invariant: 'I9', what: expect.stringMatching(/is not what .* \(state\)/) as string },
    ]);
    expect((await kept((text) => text.replace(/"position":\d+/, '"position":1'))).violations).toMatchObject([
      { invariant: 'I9', what: expect.stringContaining('(marks)') as string },
    ]);
    expect((await kept((text) => text, 5)).violations).toMatchObject([
      { invariant: 'I9', what: expect.stringContaining('which the stream does not have') as string },
    ]);
    expect(await kept(wrong, -1)).toMatchObject({ ok: true });
    expect(await kept((text) => wrong(text).replace('"of":"[', '"of":"[0,'))).toMatchObject({ ok: true });
  });

  test('a message of a type that these classes do not have was taken in: perhaps by newer code, so it is named as unread', async () => {
    const alter = (s: Surgeon) => {
      s.set(s.row('jobs-e', 0), { type: 'took:Stride' });
      s.meta(s.row('jobs-e', 0), (m) => (m['as'] = 'Step'));
    };
    const [{ ok, unread }] = await altered(alter, USED);
    expect({ ok, unread }).toEqual({ ok: true, unread: [{ stream: 'jobs-e', reason: expect.stringContaining('Stride') as string }] });
  });

  test('with `most`, one violation of each stream is told, in the order of the log; a stream is not looked at behind its first', async () => {
    const alter = (s: Surgeon) => {
      s.cut(s.row('jobs-a', 3));
      s.append('jobs-a', s.row('jobs-a', 18));
      s.append('jobs-e', s.row('jobs-e', 0));
    };
    const [result] = await altered(alter, { most: 5 });
    expect(result.violations.map(({ invariant, at }) => [invariant, at?.stream])).toEqual([
      ['versions', 'jobs-a'],
      ['I1', 'jobs-e'],
    ]);
    const [one] = await altered(alter, {});
    expect(one.violations).toHaveLength(1);
    expect(one.rows).toBeLessThan(result.rows);
  });

  test('up to a position, as of a log that is being written: nothing behind it is told', async () => {
    let upTo = 0;
    const alter = (s: Surgeon) => void (upTo = s.append('jobs-e', s.row('jobs-e', 0)).position - 1);
    expect((await altered(alter, {}))[0].ok).toBe(false);
    expect((await altered(alter, { upTo }))[0]).toMatchObject({ ok: true, position: upTo });
  });
});
