import { randomUUID } from 'node:crypto';
import { followStream } from './follow';
import type { Met } from '../calls/faults';
import type { Log } from '../log/log';
import { PAGE } from '../log/log';
import { caughtUpMessage, checkpointMessage, confirmationMessage, fellBehindMessage } from '../wire/messages';
import type { ReadOutflow } from './read';
import { aheadOf, dropping, show } from './read';
import type { AllRead, StreamRead } from '../wire/read-request';

/** The log from behind a position on, then what comes, until the client goes. */
export async function subscribeToAll(log: Log, read: AllRead, out: ReadOutflow, met: Met): Promise<void> {
  const head = await log.store.head();
  const after = read.from === 'start' ? 0 : read.from === 'end' ? head : read.from;
  if (after > head) throw aheadOf(after, head);
  await confirm(out, met);
  const turns = new Turns(out);
  const checkpoints = new Checkpoints(read, after);
  for await (const page of log.store.subscribe({ after, limit: PAGE, ...read.filter.query }, out.signal)) {
    for (const row of page.events) {
      if (out.signal.aborted) return;
      const waiting = read.filter.shows(row) ? show(log, row, read, out) : undefined;
      if (waiting) await waiting;
      if (checkpoints.due(row.position)) await out.write(checkpointMessage(String(row.position)));
    }
    if (checkpoints.due(page.position)) await out.write(checkpointMessage(String(page.position)));
    await turns.told(page.caughtUp);
  }
}

/** A stream from behind a version on, then what comes. */
export async function subscribeToStream(log: Log, read: StreamRead, out: ReadOutflow, met: Met): Promise<void> {
  const pages = await followStream(log, read.stream, read.from, out.signal);
  await confirm(out, met);
  const turns = new Turns(out);
  for await (const { rows, caughtUp } of pages) {
    for (const row of rows) {
      if (out.signal.aborted) return;
      const waiting = show(log, row, read, out);
      if (waiting) await waiting;
    }
    await turns.told(caughtUp);
  }
}

async function confirm(out: ReadOutflow, met: Met): Promise<void> {
  await out.write(confirmationMessage(randomUUID()));
  if (met.fault === 'badCheckpoint') await out.write(checkpointMessage(String(2n ** 64n - 1n)));
  dropping(out, met);
}

/** Tells once each time that the end was reached, and each time that more has come than was read. */
class Turns {
  private live = false;

  constructor(private readonly out: ReadOutflow) {}

  async told(caughtUp: boolean): Promise<void> {
    if (caughtUp === this.live) return;
    this.live = caughtUp;
    await this.out.write(caughtUp ? caughtUpMessage() : fellBehindMessage());
  }
}

/** A filtered subscription tells how far it has looked, each time that so many positions were passed. */
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
