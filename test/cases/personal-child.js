// Another process on the log of a case: `node personal-child.js <file>`. It answers each line that it reads with one line.
const { randomUUID } = require('node:crypto');
const { createInterface } = require('node:readline');
const { sqlite } = require('@waybill/sqlite');
const { Event, personalStore } = require('waybill');

Event('Told', { personal: ['text'], subject: (e) => e.of });
const store = personalStore(sqlite(process.argv[2]));

const roles = {
  /** A row of each of these people, in a stream of this process. */
  async write(first, count) {
    const events = Array.from({ length: Number(count) }, (_, n) => {
      const data = JSON.stringify({ of: `p-${Number(first) + n}`, text: `of ${Number(first) + n}` });
      return { id: randomUUID(), type: 'Told', data, meta: '{}', time: 0 };
    });
    for (const event of events) await store.append([{ stream: event.id, expected: 'none', events: [event] }]);
    return 'written';
  },
  /** What the row of one person says, by stream. */
  async read(stream) {
    return (await store.read(stream)).map(({ data }) => JSON.parse(data).text).join();
  },
};

void (async () => {
  console.log('ready');
  for await (const line of createInterface({ input: process.stdin })) {
    const [role, ...rest] = line.split(' ');
    console.log(await roles[role](...rest));
  }
  await store.close();
})();
