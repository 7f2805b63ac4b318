// The await points of the flow: every call that goes out to the store, every answer that comes back, every task of the runtime.
const { randomUUID } = require('node:crypto');
const { writeSync } = require('node:fs');
const { sleep } = require('@waybill/core/internal');
const { realRuntime } = require('waybill');

/** Counts the points as they are passed; the process dies of SIGKILL in the `killAt`-th, before anything else of it happens. */
class Points {
  passed = 0;
  /** Calls that have gone out and not come back. */
  under = 0;
  labels = [];

  constructor({ killAt, told } = {}) {
    this.killAt = killAt;
    this.told = told;
  }

  pass(label) {
    this.labels.push(label);
    this.onPass?.();
    if (++this.passed !== this.killAt) return;
    if (this.told !== undefined) writeSync(this.told, label);
    process.kill(process.pid, 'SIGKILL');
  }

  around(label, call) {
    return async (...args) => {
      this.pass(`${label} asked`);
      this.under++;
      try {
        return await call(...args);
      } finally {
        this.under--;
        this.pass(`${label} answered`);
      }
    };
  }
}

/** Of so many appends one is slow, by so many milliseconds: checkpoints are saved meanwhile, and others go on. */
const SLOW = { every: 4, ms: 1_500 };

/** The store as the app sees it. `acknowledged` is told of each write in the moment in which its answer is there. */
function watched(inner, points, runtime, acknowledged) {
  let appends = 0;
  const part = (name, target, methods) =>
    Object.fromEntries(methods.map((method) => [method, points.around(`${name}.${method}`, (...args) => target[method](...args))]));
  const append = points.around('store.append', async (writes) => {
    const written = await inner.append(writes);
    writes.forEach((write, i) => written[i].ok && acknowledged(write, written[i]));
    return written;
  });
  return {
    id: inner.id,
    guarantee: inner.guarantee,
    durable: inner.durable,
    views: part('views', inner.views, ['load', 'all', 'write', 'drop']),
    keys: part('keys', inner.keys, ['load', 'keep', 'forget']),
    ...part('store', inner, ['read', 'truncate', 'head', 'close']),
    append: async (writes) => {
      if (++appends % SLOW.every === 0) await sleep(runtime, SLOW.ms);
      return append(writes);
    },
    async *subscribe(query, signal) {
      points.pass('store.subscribe asked');
      for await (const page of inner.subscribe(query, signal)) {
        points.pass('page given');
        yield page;
        points.pass('page asked');
      }
    },
    checkpoint: (consumer) => part('checkpoint', inner.checkpoint(consumer), ['load', 'save', 'rewind']),
    snapshot: (stream) => part('snapshot', inner.snapshot(stream), ['load', 'save']),
  };
}

/** Turns of the event loop in which nothing is passed before the next timer may fire. */
const QUIET = 8;

/** Milliseconds from one point to the next: what is due strikes amid the work, as saves of checkpoints do. */
const STEP = 100;
/** Of the time of a stage, what is left for timers that nothing else is waited for with. */
const RESERVE = 20_000;

/**
 * Time that moves on from point to point, and to the next timer when nothing else is to do, up to `limit`: a run does not
 * depend on how fast the machine is.
 */
class VirtualRuntime {
  timers = [];
  hash = realRuntime.hash;
  uuid = randomUUID;
  limit = 0;
  stopped = false;

  constructor(points, start) {
    this.points = points;
    this.time = start;
    this.dice = 7;
    points.onPass = () => (this.time = Math.max(this.time, Math.min(this.time + STEP, this.limit - RESERVE)));
  }

  now = () => this.time;
  random = () => (this.dice = (Math.imul(this.dice, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 32;
  defer = (task) =>
    queueMicrotask(() => {
      this.points.pass('soon');
      task();
    });
  after = (ms, task) => {
    const timer = { at: this.time + ms, task };
    this.timers.push(timer);
    return () => void (this.timers = this.timers.filter((other) => other !== timer));
  };

  /** Fires timers until `stop`. */
  async run() {
    for (let quiet = 0, seen = -1; !this.stopped;) {
      await new Promise(this.points.under > 0 ? (resolve) => setTimeout(resolve, 0) : setImmediate);
      quiet = seen === this.points.passed && this.points.under === 0 ? quiet + 1 : 0;
      seen = this.points.passed;
      if (this.fire(quiet > QUIET ? this.limit : this.time)) quiet = 0;
    }
  }

  fire(upTo) {
    const first = this.timers.reduce((least, timer) => (least && least.at <= timer.at ? least : timer), undefined);
    if (!first || first.at > upTo) return false;
    this.timers = this.timers.filter((other) => other !== first);
    this.time = Math.max(this.time, Math.ceil(first.at));
    this.points.pass('timer');
    first.task();
    return true;
  }

  stop() {
    this.stopped = true;
  }
}

module.exports = { Points, watched, VirtualRuntime };
