import { eventStore } from '@waybill/eventstore-client';
import { sqlite } from '@waybill/sqlite';
import { serverCatchUpLimit, serverLiveLimit } from './client-limit';
import { catchUpLimit, fillLimit, liveLimit } from './limit';
import { catchUp, fill, live, restart } from './ours';
import type { Thread } from './ours';
import { farAway, fire, leftBehind, snapshotLoad } from './sagas';
import { bigOrder, feed } from './workload';

/** One measurement in a process of its own: `node measure.js NAME ARGUMENTS-AS-JSON`; prints one JSON line. */
type Arguments = {
  url: string;
  file: string;
  orders: number;
  items: number;
  batch: number;
  thread: Thread;
  inFlight: number;
  commands: number;
  rows: number;
  closes: boolean;
  deadlines: number;
};

const measurements: Record<string, (a: Arguments) => unknown> = {
  fill: async ({ file, orders, items }) => ({ deliveries: await fill(file, items > 0 ? manyItems(orders, items) : feed(orders)) }),
  fillLimit: ({ file, orders }) => ({ deliveries: fillLimit(file, orders) }),
  catchUp: ({ file, thread }) => catchUp(sqlite(file, { thread })),
  catchUpLimit: ({ file, batch }) => ({ seconds: catchUpLimit(file, batch) }),
  live: async ({ file, thread, inFlight, commands }) => summary(await live(sqlite(file, { thread }), inFlight, commands)),
  liveLimit: ({ file, inFlight, commands }) => {
    const each = liveLimit(file, inFlight, commands);
    return summary({ each, seconds: each.reduce((a, b) => a + b, 0) / 1_000 });
  },
  serverLive: async ({ url, inFlight, commands }) => withCpu(commands, async () => live(await eventStore(url), inFlight, commands)),
  serverLiveLimit: ({ url, inFlight, commands }) => withCpu(commands, () => serverLiveLimit(url, inFlight, commands)),
  serverCatchUp: async ({ url }) => catchUp(await eventStore(url)),
  serverCatchUpLimit: ({ url, batch }) => serverCatchUpLimit(url, batch),
  restart: ({ file }) => restart(file),
  snapshotLoad: async ({ file, rows }) => {
    const { each, whole, bytes } = await snapshotLoad(file, rows);
    return { ...summary({ each, seconds: 0 }), bytes, whole: summary({ each: whole, seconds: 0 }).p50 };
  },
  leftBehind: ({ file, orders, closes }) => leftBehind(file, orders, closes),
  fire: ({ file, deadlines }) => fire(file, deadlines),
  farAway: ({ file, deadlines }) => farAway(file, deadlines),
};

function* manyItems(orders: number, items: number) {
  for (let i = 0; i < orders; i++) yield* bigOrder(`big-${i}`, items, i + 1);
}

/** Milliseconds of this process's time per append, all of its threads. */
async function withCpu(commands: number, run: () => Promise<{ seconds: number; each: number[] }>) {
  const before = process.cpuUsage();
  const result = await run();
  const { user, system } = process.cpuUsage(before);
  return { ...summary(result), cpuPerAppend: (user + system) / 1_000 / commands };
}

function summary({ each, seconds }: { each: number[]; seconds: number }) {
  const sorted = each.sort((a, b) => a - b);
  const at = (q: number): number => sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? NaN;
  return { seconds, p50: at(0.5), p99: at(0.99) };
}

async function main([name = '', text = '{}']: string[]): Promise<void> {
  const run = measurements[name];
  if (!run) throw new Error(`no measurement ${name}`);
  const result = (await run(JSON.parse(text) as Arguments)) as object;
  const line = JSON.stringify({ ...result, peakMB: process.resourceUsage().maxRSS / 1_024 });
  process.stdout.write(`${line}\n`, () => process.exit());
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
