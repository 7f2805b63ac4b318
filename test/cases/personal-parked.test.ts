import {
  Actor,
  after,
  Applies,
  ERASED,
  Event,
  Handler,
  Handles,
  memoryStore,
  On,
  personalStore,
  Projection,
  Saga,
  WaybillError,
} from 'waybill';
import type { ParkedMessage, Recorded, Store, UseClass } from 'waybill';
import { withKeys } from './personal-keys';
import { ADA, feed, rowsOf, run, textOf } from './personal-kit';
import { forEachStore } from './stores';

interface Complaint {
  readonly id: string;
  readonly person: string;
  readonly text: string;
}
/** Takes any record whose text is short; what it says of a long one quotes it, as validators do. */
const short = {
  '~standard': {
    version: 1 as const,
    vendor: 'by hand',
    types: undefined as { readonly input: Complaint; readonly output: Complaint } | undefined,
    validate: (value: unknown) => {
      const { id, text } = value as Complaint;
      if (typeof id !== 'string') return { issues: [{ message: `id is ${String(id)}`, path: ['id'] }] };
      return String(text).length <= 60 ? { value: value as Complaint } : { issues: [{ message: `received "${text}"`, path: ['text'] }] };
    },
  },
};
const personal = { personal: ['text'], subject: (data: { readonly person: string }) => data.person } as const;
class Complained extends Event('Complained', { schema: short, ...personal }) {}
class Reminded extends Event('Reminded', personal)<{ id: string; person: string; text: string }> {}
class Answered extends Event('Answered', personal)<{ id: string; person: string; text: string }> {}

/** As a message that no schema has seen. */
class Raw extends Event('Complained', personal)<Complaint> {}

let broken = false;
type State = { readonly text: string };

@Saga('desk')
class Desk extends Actor<State, Complained | Reminded, Answered> {
  initial(): State {
    return { text: '' };
  }
  key(e: Complained | Reminded) {
    return e.id;
  }
  @Handles(Complained, { once: 'person' }) complained(e: Complained) {
    if (broken) throw new Error('the desk is closed');
    return after(e.id === 'later' ? '600 milliseconds' : '1 milliseconds', new Reminded({ id: e.id, person: e.person, text: e.text }));
  }
  @Handles(Reminded, { deadline: true }) reminded(e: Reminded) {
    return new Answered({ id: e.id, person: e.person, text: e.text });
  }
  @Applies(Complained) text(e: Complained): State {
    return { text: e.text };
  }
}

@Handler('clerk', { delivery: 'at-least-once' })
class Clerk {
  @On(Complained) complained() {
    return broken ? Promise.reject(new Error('no clerk')) : Promise.resolve();
  }
}

@Projection('board')
class Board extends Actor<{ readonly n: number } | undefined, Complained> {
  initial(): undefined {
    return undefined;
  }
  key(e: Complained) {
    return e.id;
  }
  @Applies(Complained) count() {
    if (broken) throw new Error('no board');
    return { n: 1 };
  }
}

const complaint = (text = ADA) => new Complained({ id: 'a', person: 'c-7', text });
const start = (store: Store, use: readonly UseClass[] = [Desk]) => run(store, use, { limits: { attempts: 2 } });

async function parkedIn(app: Awaited<ReturnType<typeof start>>['app']): Promise<ParkedMessage[]> {
  const all: ParkedMessage[] = [];
  for await (const one of app.operators.parked()) all.push(one);
  return all;
}
/** Parked rows as a process sees them that reads them now. */
async function parkedRows(store: Store): Promise<Recorded[]> {
  const rows = await rowsOf(personalStore(store));
  return rows.filter(({ type }) => type.startsWith('parked:'));
}

forEachStore('a parked message with personal data', (openLog) => {
  const open = () => withKeys(openLog());
  beforeEach(() => {
    broken = false;
  });

  test('is in clear in no row, outcome or list of operators, and goes on as it was once it is retried', async () => {
    const store = await open().connect();
    broken = true;
    const { app, outcomes, failures } = await start(store, [Desk, Clerk, Board]);
    await feed(personalStore(store), complaint());
    await app.settled();
    expect(outcomes.map(({ kind }) => kind)).toEqual(['parked', 'parked', 'parked']);
    expect(await textOf(store)).not.toContain(ADA);
    const parked = await parkedIn(app);
    expect(parked.map(({ content }) => content)).toContain('{"id":"a","person":"c-7","text":"***"}');
    expect(JSON.stringify([outcomes, parked])).not.toContain(ADA);
    expect((await parkedRows(store)).every(({ data }) => data.includes(ADA))).toBe(true);

    broken = false;
    for (const { stream, version } of parked) await app.operators.retry(stream, version, { by: 'eve', why: 'open again' });
    await app.settled();
    expect(failures).toEqual([]);
    expect(await parkedIn(app)).toEqual([]);
    expect(await textOf(store)).not.toContain(ADA);
    const desk = await personalStore(store).read('desk-a');
    expect(desk.find(({ type }) => type === 'took:Complained')?.data).toContain(ADA);
    await app.stop();
  });

  test('is erased where it stands, and retried as what is left of it', async () => {
    const store = await open().connect();
    broken = true;
    const { app, failures } = await start(store);
    await feed(personalStore(store), complaint());
    await app.settled();
    await app.forget('c-7');
    expect((await parkedRows(store)).map(({ data, erased }) => [data, erased])).toEqual([
      [`{"id":"a","person":"c-7","text":"${ERASED}"}`, true],
    ]);
    broken = false;
    await app.operators.retry('desk-a', undefined, { by: 'eve', why: 'open again' });
    await app.settled();
    await app.stop();
    expect(failures).toEqual([]);
    const rows = await personalStore(store).read('desk-a');
    expect(rows.find(({ type }) => type === 'took:Complained')?.data).toBe(`{"id":"a","person":"c-7","text":"${ERASED}"}`);
    expect((await store.keys.load(['c-7'])).size).toBe(0);
  });

  test('that is no valid message is kept whole and encrypted, and the reason does not quote it', async () => {
    const store = await open().connect();
    const long = `${ADA}, ${'very '.repeat(20)}angry`;
    const { app, outcomes, failures } = await start(store, [Desk, Clerk, Board]);
    await feed(personalStore(store), new Raw({ id: 'a', person: 'c-7', text: long }));
    await app.settled();
    expect(outcomes.map(({ kind, reason }) => [kind, reason])).toEqual(
      Array(3).fill(['parked', expect.stringContaining('text: *** (personal)')]),
    );
    expect(JSON.stringify([outcomes, await parkedIn(app)])).not.toContain(ADA);
    await app.stop();
    expect(failures).toEqual([]);
    expect(await textOf(store)).not.toContain(ADA);
    const rows = await parkedRows(store);
    expect(rows.map(({ data }) => JSON.parse(JSON.parse(data) as string) as unknown)).toEqual(
      Array(3).fill({ id: 'a', person: 'c-7', text: long }),
    );
  });

  test('of which nobody can tell whose data it holds is not written a second time: it stands at its own position', async () => {
    const store = await open().connect();
    const { app, outcomes, failures } = await start(store);
    // Written without the personal side: as before the field was declared personal.
    await feed(store, new Raw({ id: 'a', person: 'c-7', text: 'x'.repeat(100) }));
    const [first] = await rowsOf(store);
    await store.append([
      {
        ...{ stream: first?.stream ?? '', expected: 0 },
        events: [{ ...(first as Recorded), id: crypto.randomUUID(), data: `{"id":"a","text":"${ADA.repeat(9)}"}` }],
      },
    ]);
    await app.settled();
    await app.stop();
    expect([outcomes.map(({ kind }) => kind), failures]).toEqual([['parked', 'parked'], []]);
    const parked = (await rowsOf(store)).filter(({ type }) => type.startsWith('parked:'));
    expect(parked[0]?.data).toContain('waybill.personal.1:');
    expect(parked[1]?.data).toContain('personal data withheld');
  });

  test('of a deadline is in clear in no row, and erased with the others', async () => {
    const store = await open().connect();
    for (const [id, forgets] of [
      ['a', false],
      ['b', true],
    ] as const) {
      const { app, failures } = await start(store);
      await feed(personalStore(store), new Complained({ id, person: `c-${id}`, text: ADA }));
      await app.settled();
      if (forgets) await app.forget(`c-${id}`);
      for (;;) {
        const rows = await personalStore(store).read(`desk-${id}`);
        const answer = rows.find(({ type }) => type === 'Answered');
        if (answer) {
          const found = (JSON.parse(answer.data) as Complaint).text;
          expect([ADA, ERASED]).toContain(found);
          if (!forgets) expect(found).toBe(ADA);
          break;
        }
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      await app.stop();
      expect(failures).toEqual([]);
    }
    const text = await textOf(store);
    expect(text).toContain('took:~due');
    expect(text).not.toContain(ADA);
    expect(
      await textOf(personalStore(store)).then((clear) =>
        clear.split('\n').filter((row) => row.includes('"person":"c-b"') && row.includes(ADA)),
      ),
    ).toEqual([]);
  });

  test('of a deadline that a process has read from its bucket does not come back when it fires', async () => {
    const log = open();
    const store = await log.connect();
    const first = await start(store);
    await feed(personalStore(store), new Complained({ id: 'later', person: 'c-7', text: ADA }));
    await first.app.settled();
    await first.app.stop();
    const again = await log.connect();
    const read = again.read.bind(again);
    let inMemory = false;
    again.read = async (...place) => {
      const rows = await read(...place);
      // Some time later: what is read here has been taken over by then.
      if (place[0].startsWith('desk:due-') && rows.length > 0) setTimeout(() => (inMemory = true), 50);
      return rows;
    };
    const second = await start(again);
    while (!inMemory) await new Promise((resolve) => setTimeout(resolve, 5));
    await second.app.forget('c-7');
    const answer = async () => (await personalStore(store).read('desk-later')).find(({ type }) => type === 'Answered');
    while (!(await answer())) await new Promise((resolve) => setTimeout(resolve, 20));
    await second.app.stop();
    expect(second.failures).toEqual([]);
    expect((JSON.parse((await answer())?.data ?? '') as Complaint).text).toBe(ERASED);
    expect((await store.keys.load(['c-7'])).size).toBe(0);
  });
});

test('an append whose answer was lost is repeated with the same bytes, though each encryption of a text is another', async () => {
  const store = memoryStore();
  const seen: string[] = [];
  const append = store.append.bind(store);
  const lossy = Object.assign(store, {
    append: async (...[writes]: Parameters<Store['append']>) => {
      seen.push(JSON.stringify(writes));
      const written = await append(writes);
      if (seen.length === 1) throw new WaybillError('STORE_UNKNOWN_OUTCOME', 'no answer', 'again');
      return written;
    },
  });
  const { app, outcomes } = await start(lossy);
  const source = personalStore(Object.assign(Object.create(store) as Store, { append }));
  await feed(source, complaint());
  await app.settled();
  await app.stop();
  expect(outcomes[0]?.kind).toBe('applied');
  const first = seen.filter((one) => one.includes('took:Complained'));
  expect(first).toEqual([seen[0], seen[0]]);
  expect(seen[0]).toContain('waybill.personal.1:');
});
