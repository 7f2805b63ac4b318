// Where a process holds, in the midst of its work: it says so, and waits there for SIGCONT.
const { join } = require('node:path');
const threads = require('node:worker_threads');

/** Points of the thread that commits. */
const IN_THREAD = ['in the transaction', 'committed'];

/** The thread that commits holds too: a stopped process is one that stands still as a whole. */
function inThread({ point, nth, marker = 'took:ItemAdded' }, resumed) {
  if (!IN_THREAD.includes(point)) return;
  const gate = new Int32Array(new SharedArrayBuffer(4));
  void resumed.then(() => {
    Atomics.store(gate, 0, 1);
    Atomics.notify(gate, 0);
  });
  const { Worker } = threads;
  threads.Worker = class extends Worker {
    constructor(text, options) {
      // The files that the text was made of, since a point is a function of one of them.
      const file = join(__dirname, '..', '..', 'packages', 'sqlite', 'dist', 'commit', 'worker.js');
      super(join(__dirname, 'hold-thread.js'), {
        ...options,
        eval: false,
        workerData: { ...options.workerData, hold: { file, point, nth, marker, gate } },
      });
    }
  };
}

/** The store, on which the flow comes by the other points. Shipping is who is held: its streams, its checkpoint. */
function holding(store, { point, nth, stream = 'shipping-' }, resumed, say) {
  let passed = 0;
  const at = async (name) => {
    if (name !== point || ++passed !== nth) return;
    say({ at: point });
    // A process with nothing else to do would end here by itself.
    const alive = setInterval(() => undefined, 60_000);
    await resumed;
    clearInterval(alive);
  };
  const isOurs = (writes) => writes.some((write) => write.stream.startsWith(stream));
  const own = {
    async read(from, ...rest) {
      const rows = await store.read(from, ...rest);
      if (from.startsWith(stream)) await at('loaded');
      return rows;
    },
    async append(writes) {
      if (!isOurs(writes)) return store.append(writes);
      await at('decided');
      const written = store.append(writes);
      written.catch(() => undefined);
      await at('sent');
      const answer = await written;
      await at('answered');
      return answer;
    },
    async *subscribe(query, signal) {
      for await (const page of store.subscribe(query, signal)) {
        if (query.types?.includes('ItemAdded') && page.events.length > 0) await at('shown');
        yield page;
      }
    },
    checkpoint(consumer) {
      const checkpoint = store.checkpoint(consumer);
      const save = async (where) => {
        if (consumer.startsWith('shipping:') && !consumer.endsWith('deadlines')) await at('saving');
        return checkpoint.save(where);
      };
      return { load: () => checkpoint.load(), rewind: (to) => checkpoint.rewind(to), save };
    },
  };
  return override(store, own);
}

/** The store, with methods of our own. */
function override(store, own) {
  return new Proxy(store, {
    get(target, name) {
      if (Object.hasOwn(own, name)) return own[name];
      const value = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

module.exports = { holding, inThread };
