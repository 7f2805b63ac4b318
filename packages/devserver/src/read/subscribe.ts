import { randomUUID } from 'node:crypto';
import type { Met } from '../calls/faults';
import type { Log } from '../log/log';
import { PAGE } from '../log/log';
import { caughtUpMessage, checkpointMessage, confirmationMessage, fellBehindMessage } from '../wire/messages';
import type { AllRead, StreamRead } from '../wire/read-request';
import { followStream } from './follow';
import type { ReadOutflow } from './read';
import { aheadOf, dropping, show } from './read';

/** The log after a position, then what is appended later, until the client goes. */
export async function subscribeToAll(log: Log, read: AllRead, out: ReadOutflow, met: Met): Promise<void> {
  const head = await log.store.head();
  const after = read.from === 'start' ? 0 : read.from === 'end' ? head : read.from;
  if (after > head) throw aheadOf(after, head);
  await confirm(out, met);
  const state = new LiveState(out);
  const checkpoints = new Checkpoints(read, after);
  for await (const page of log.store.subscribe({ after, limit: PAGE, ...read.filter.query }, out.signal)) {
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
  await confirm(out, met);
  const state = new LiveState(out);
  for await (const { rows, caughtUp } of pages) {
    for (const row of rows) {
      if (out.signal.aborted) return;
      const waiting = show(log, row, read, out);
      if (waiting) await waiting;
    }
    await state.report(caughtUp);
  }
}

async function confirm(out: ReadOutflow, met: Met): Promise<void> {
  await out.write(confirmationMessage(randomUUID()));
  if (met.fault === 'badCheckpoint') await out.write(checkpointMessage(String(2n ** 64n - 1n)));
  dropping(out, met);
}

/** Reports each time that the end was reached, and each time that the reader has fallen behind. */
class LiveState {
  private live = false;

  constructor(private readonly out: ReadOutflow) {}

  async report(caughtUp: boolean): Promise<void> {
    if (caughtUp === this.live) return;
    this.live = caughtUp;
    await this.out.write(caughtUp ? caughtUpMessage() : fellBehindMessage());
  }
}

/** A filtered subscription reports how far it has scanned, each time it has passed `interval` positions. */
class Checkpoints {
  private readonly interval: number;

  constructor(
    { interval }: AllRead,
    private last: number,
  ) {
    this.interval = interval ?? Infinity;
  }

  due(position: number): boolean {
    if (position - this.last < this.interval) return false;
    this.last = position;
    return true;
  }
}
