import { setTimeout as delay } from 'node:timers/promises';
import { Child, WorkerFailed } from './child';
import { FEED } from './producer';
import type { Fed } from './producer';
import { figure } from './screen';
import type { Screen } from './screen';
import { openStore } from './store';

interface CrashPlan {
  readonly store: string;
  readonly feed: string;
  readonly log: boolean;
  readonly kills: number;
  readonly seed: number;
}

/**
 * Milliseconds until a kill: of four kills two cut work that has just begun, one comes while the store is being opened, and one
 * comes late, when checkpoints have been saved: the later, the more kills there were, so that work is left for all of them.
 */
function momentOf(killed: number, kills: number, idle: boolean): { after: 'started' | 'moving'; within: number } {
  if (idle || killed % 4 === 1) return { after: 'started', within: 200 };
  return { after: 'moving', within: killed % 4 === 3 ? (2_000 * killed) / kills : 150 };
}

/**
 * Kills the worker with SIGKILL exactly `kills` times, at moments drawn from `seed`, and lets the next one go on; then one
 * undisturbed run. A worker that comes to its end before its moment does not count: the next gets less time.
 */
export async function crash({ store, feed, log, kills, seed }: CrashPlan, screen: Screen, signal: AbortSignal): Promise<Fed> {
  const random = mulberry32(seed);
  const refused = once((line, reason) => screen.refused(line, reason));
  let child: Child | undefined;
  const live = (): Child => (child = new Child('all', { store, feed, log }, refused));
  signal.addEventListener('abort', () => child?.stop());
  screen.line(`${kills} kills at random moments (--seed ${seed} draws the same moments again)`);
  const before = await feedLength(store);
  let longest = Infinity;
  let idle = false;
  for (let killed = 0; killed < kills && !signal.aborted;) {
    const { after, within } = momentOf(killed, kills, idle);
    const ms = random() * Math.min(longest, within);
    const victim = live();
    await victim[after];
    const moment = new AbortController();
    await Promise.race([delay(ms, undefined, { signal: moment.signal }).catch(() => undefined), victim.exit]);
    moment.abort();
    victim.kill();
    const exit = await victim.exit;
    if (exit.signal === 'SIGKILL') {
      killed++;
      const { fed, received } = victim.glimpse;
      const done = `${figure(fed.appended)} appended, ${figure(fed.recognised)} recognised, ${figure(received)} received`;
      screen.line(`kill ${killed} of ${kills} ${Math.round(ms)} ms after it ${after === 'moving' ? 'began to work' : 'started'}: ${done}`);
    } else if (exit.code === 0) {
      idle = true;
      longest = Math.max(1, ms / 2);
    } else if (!signal.aborted) throw new WorkerFailed(exit);
  }
  const last = live();
  if (signal.aborted) last.stop();
  const { appended, recognised, refused: bad } = await last.settled();
  // Another producer may have appended to this store too.
  const gained = Math.min((await feedLength(store)) - before, appended + recognised);
  return { appended: gained, recognised: appended + recognised - gained, refused: bad };
}

async function feedLength(file: string): Promise<number> {
  const store = await openStore(file);
  try {
    for (let length = 0; ;) {
      const rows = await store.read(FEED, length, 1_000);
      length += rows.length;
      if (rows.length < 1_000) return length;
    }
  } finally {
    await store.close();
  }
}

/** Each worker reads the feed from its first line: a refused line is told by the first one that meets it. */
function once(tell: (line: number, reason: string) => void): (line: number, reason: string) => void {
  let told = 0;
  return (line, reason) => {
    if (line <= told) return;
    told = line;
    tell(line, reason);
  };
}

function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
