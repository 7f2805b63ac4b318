import { randomUUID } from 'node:crypto';
import type { Met } from '../calls/faults';
import type { Log } from '../log/log';
import { PAGE } from '../log/log';
import { caughtUpMessage, checkpointMessage, confirmationMessage } from '../wire/messages';
import type { AllRead, StreamRead } from '../wire/read-request';
import { followStream } from './follow';
import type { ReadOutflow } from './read';
import { dropping, show } from './read';
import { noSuchPosition, tooSlow } from '../wire/status';

/** The log after a position, then what is appended later, until the client goes. */
export async function subscribeToAll(log: Log, read: AllRead, out: ReadOutflow, met: Met): Promise<void> {
  const head = await log.store.head();
  if (typeof read.from === 'number' && read.from <= head && !log.store.stands(read.from)) throw noSuchPosition(read.from);
  // Beyond the end, a subscription is one to what comes, wherever that stands.
  const after = read.from === 'start' ? 0 : read.from === 'end' ? head : Math.min(read.from, head);
  await confirm(log, out, met);
  const state = new LiveState(out, met.fault === 'tooSlow');
  const checkpoints = new Checkpoints(read, after, log.store.step);
  for await (const page of log.store.subscribe({ after, limit: PAGE, ...read.filter.query }, out.signal)) {
    state.take(page.events.length);
    for (const row of page.events) {
      if (out.signal.aborted) return;
      const waiting = read.filter.shows(row) ? show(log, row, read, out) : undefined;
      if (waiting) await waiting;
      if (checkpoints.due(row.position)) await out.write(checkpointMessage(String(row.position)));
    }
    if (checkpoints.due(page.position)) await out.write(checkpointMessage(String(page.position)));
    await state.report(page.caughtUp);
  }
}

/** A stream after a version, then what is appended later. */
export async function subscribeToStream(log: Log, read: StreamRead, out: ReadOutflow, met: Met): Promise<void> {
  const pages = await followStream(log, read.stream, read.from, out.signal);
  await confirm(log, out, met);
  const state = new LiveState(out, met.fault === 'tooSlow');
  for await (const { rows, caughtUp } of pages) {
    state.take(rows.length);
    for (const row of rows) {
      if (out.signal.aborted) return;
      const waiting = show(log, row, read, out);
      if (waiting) await waiting;
    }
    await state.report(caughtUp);
  }
}

async function confirm(log: Log, out: ReadOutflow, met: Met): Promise<void> {
  await out.write(confirmationMessage(randomUUID()));
  if (met.fault === 'badCheckpoint') await out.write(checkpointMessage(String(2n ** 64n - 1n)));
  if (met.fault === 'earlyCheckpoint') await out.write(checkpointMessage(String(await log.store.head())));
  dropping(out, met);
}

/** Rows at once that a live subscription survives when it meets the fault `tooSlow`. */
const AT_ONCE = 500;

/** Reports the change to live, once. */
class LiveState {
  private isLive = false;
  private atOnce = 0;

  constructor(
    private readonly out: ReadOutflow,
    private readonly isDropped: boolean,
  ) {}

  /** Before these rows are shown. @throws CallError if they are too many for a subscription that is live */
  take(rows: number): void {
    this.atOnce += rows;
    if (this.isDropped && this.isLive && this.atOnce >= AT_ONCE) throw tooSlow();
  }

  report(caughtUp: boolean): Promise<void> | undefined {
    if (!caughtUp) return undefined;
    this.atOnce = 0;
    if (this.isLive) return undefined;
    this.isLive = true;
    return this.out.write(caughtUpMessage());
  }
}

/** A filtered subscription reports how far it has scanned, each time it has passed `interval` positions. */
class Checkpoints {
  private readonly interval: number;

  constructor(
    { interval }: AllRead,
    private last: number,
    step: number,
  ) {
    this.interval = (interval ?? Infinity) * step;
  }

  due(position: number): boolean {
    if (position - this.last < this.interval) return false;
    this.last = position;
    return true;
  }
}
