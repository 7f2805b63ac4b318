// The other process of the tests: `node child.js <role> <file>`. What it prints, it has been told.
const { randomUUID } = require('node:crypto');
const { sqlite } = require('@waybill/sqlite');

const [role, file] = process.argv.slice(2);
const say = (line) => process.stdout.write(`${line}\n`);
const event = (data = '{}') => ({ id: randomUUID(), type: 'Noted', data, meta: '{}', time: 1_700_000_000_000 });

async function append(store, stream, expected, events) {
  const [written] = await store.append([{ stream, expected, events }]);
  return written;
}

const roles = {
  /** Appends three rows at a time for ever, and tells the ids of each append once it is acknowledged. */
  async forever(store) {
    for (let last = 'none'; ;) {
      const events = [event(), event(), event()];
      ({ version: last } = await append(store, 'forever', last, events));
      say(events.map(({ id }) => id).join(' '));
    }
  },

  /** Appends one row for each line that it reads. */
  async onDemand(store) {
    let last = 'none';
    say('ready');
    for await (const lines of process.stdin) {
      for (const id of String(lines).trim().split('\n')) ({ version: last } = await append(store, 'demand', last, [{ ...event(), id }]));
    }
    await store.close();
  },

  /** Wins each version of one stream that it can, until 100 rows are its own. */
  async race(store) {
    for (let won = 0, last = 'none'; won < 100;) {
      const written = await append(store, 'race', last, [event()]);
      if (written.ok) won++;
      last = written.ok ? written.version : written.actual;
    }
    await store.close();
    say('done');
  },

  /** Waits for rows that never come, with nothing else to do; never closes. */
  async idle(store) {
    await append(store, 'idle', 'none', [event()]);
    say('idle');
    for await (const _ of store.subscribe({ after: 0 }, new AbortController().signal));
  },

  /** Appends big rows until it is told an error, then tries again. */
  async untilError(store) {
    for (let last = 'none', acknowledged = 0; ; acknowledged++) {
      try {
        ({ version: last } = await append(store, 'big', last, [event(JSON.stringify('x'.repeat(100_000)))]));
      } catch (error) {
        const again = await append(store, 'other', 'none', [event()]).catch((second) => second);
        const read = await store.read('big').catch((third) => third);
        say(JSON.stringify({ acknowledged, codes: [error.code, again.code, read.code], message: again.message }));
        return store.close();
      }
    }
  },

  /** Appends five rows at a time and lets go of those before, for ever; tells the version at which reads now begin. */
  async truncating(store) {
    for (let last = 'none'; ;) {
      const types = ['took:Noted', 'took:Noted', 'Noted', 'took:Noted', 'took:Noted'];
      ({ version: last } = await append(
        store,
        'life',
        last,
        types.map((type) => ({ ...event(), type })),
      ));
      await store.truncate('life', last);
      say(String(last));
    }
  },

  /** Keeps a secret of its own for each of 50 subjects, and tells those that hold. */
  async keeping(store) {
    const subjects = Array.from({ length: 50 }, (_, n) => `person-${n}`);
    const held = [];
    for (const subject of subjects) held.push(await store.keys.keep(subject, randomUUID()));
    await store.close();
    say(held.join(' '));
  },

  /** Only opens. */
  async open(store) {
    await store.close();
    say('opened');
  },
};

(async () => roles[role](sqlite(file)))().catch((error) => say(error.code ?? error.message));
