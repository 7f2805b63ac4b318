import { randomUUID } from 'node:crypto';
import type { Page, Recorded } from '@waybill/core';
import { PAGE } from './log';
import type { Log } from './log';
import { LOG_STREAM, logEvent } from './log-stream';
import { caughtUpMessage, checkpointMessage, confirmationMessage, eventMessage, fellBehindMessage } from './messages';
import { firstVersion, metadataOf } from './metadata';
import { isTombstone } from './payload';
import type { ReadOutflow } from './read';
import { aheadOf } from './read';
import type { AllRead, StreamRead } from './read-request';
import { streamDeleted } from './status';

/** The log from behind a position on, then what comes, until the client goes. */
export async function subscribeToAll(log: Log, read: AllRead, out: ReadOutflow): Promise<void> {
  const head = await log.store.head();
  const after = read.from === 'start' ? 0 : read.from === 'end' ? head : read.from;
  if (after > head) throw aheadOf(after, head);
  await out.write(confirmationMessage(randomUUID()));
  const turns = new Turns(out);
  const checkpoints = new Checkpoints(read, after);
  for await (const page of log.store.subscribe({ after, limit: PAGE, ...read.filter.query }, out.signal)) {
    for (const row of page.events) {
      if (out.signal.aborted) return;
      if (read.filter.shows(row)) await out.write(eventMessage(row, read.structured));
      if (checkpoints.due(row.position)) await out.write(checkpointMessage(String(row.position)));
    }
    if (checkpoints.due(page.position)) await out.write(checkpointMessage(String(page.position)));
    await turns.told(page);
  }
}

/** A stream from behind a version on, then what comes. The live part looks at every new row of the log. */
export async function subscribeToStream(log: Log, read: StreamRead, out: ReadOutflow): Promise<void> {
  const { stream } = read;
  const head = await log.store.head();
  const last = stream === LOG_STREAM ? logEvent(log.store) : await log.last(stream);
  if (last && isTombstone(last)) throw streamDeleted(stream);
  await out.write(confirmationMessage(randomUUID()));
  let next = read.from === 'start' ? 0 : read.from === 'end' ? (last?.version ?? -1) + 1 : read.from + 1;
  const show = async (row: Recorded): Promise<void> => {
    if (isTombstone(row)) throw streamDeleted(stream);
    next = row.version + 1;
    await out.write(eventMessage(row, read.structured));
  };
  if (stream === LOG_STREAM && next === 0) await show(logEvent(log.store));
  else if (last) {
    const metadata = await metadataOf(log, stream);
    const oldest = Date.now() - metadata.maxAge;
    const first = metadata.softDeleted ? last.version + 1 : firstVersion(metadata, last.version);
    for await (const rows of log.forwards(stream, Math.max(next, first), Number.MAX_SAFE_INTEGER)) {
      for (const row of rows) {
        if (out.signal.aborted) return;
        if (row.time >= oldest) await show(row);
      }
    }
  }
  const turns = new Turns(out);
  for await (const page of log.store.subscribe({ after: head, limit: PAGE, everything: true }, out.signal)) {
    for (const row of page.events) if (row.stream === stream && row.version >= next) await show(row);
    await turns.told(page);
  }
}

/** Tells once each time that the end was reached, and each time that more has come than was read. */
class Turns {
  private live = false;

  constructor(private readonly out: ReadOutflow) {}

  async told({ caughtUp }: Page): Promise<void> {
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
