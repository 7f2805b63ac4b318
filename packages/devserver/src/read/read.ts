import type { Recorded } from '@waybill/core/store-kit';
import type { ReadReq, ReadResp } from '@eventstore/db-client/generated/streams_pb';
import type { Met } from '../calls/faults';
import type { Log } from '../log/log';
import { LOG_STREAM, logEvent } from '../log/log-stream';
import { eventMessage, firstPositionMessage, lastPositionMessage, notFoundMessage } from '../wire/messages';
import { firstVersion, metadataOf } from '../log/metadata';
import type { Outflow } from '../calls/outflow';
import { isTombstone } from '../wire/payload';
import type { AllRead, StreamRead } from '../wire/read-request';
import { noSuchPosition, streamDeleted } from '../wire/status';
import { LINK, resolved } from './links';

export type ReadOutflow = Outflow<ReadReq, ReadResp>;

/** Events of one stream, oldest or newest first, without those that its metadata hides. */
export async function readStream(log: Log, read: StreamRead, out: ReadOutflow, met: Met): Promise<void> {
  dropping(out, met);
  if (read.stream === LOG_STREAM) return out.event(eventMessage({ event: logEvent(log.store) }, read.structured));
  const metadata = await metadataOf(log, read.stream);
  const newest = await log.last(read.stream);
  if (newest && isTombstone(newest)) throw streamDeleted(read.stream);
  const last = newest && seen(newest.version, firstVersion(metadata, newest.version), met);
  if (last === undefined || metadata.softDeleted) return out.write(notFoundMessage(read.stream));
  const first = firstVersion(metadata, last);
  const from = versionAt(read.from, read.backwards ? last : last + 1);
  const pages = read.backwards
    ? log.backwards(read.stream, Math.min(from, last), first)
    : log.forwards(read.stream, Math.max(from, first), last);
  const oldest = Date.now() - metadata.maxAge;
  const count = await writeEvents(log, pages, read, out, ({ time }) => time >= oldest);
  if (!read.bounds) return;
  if (count === 0 && from < first) await out.write(firstPositionMessage(first));
  await out.write(lastPositionMessage(last));
}

/** For tests: the version up to which a fault lets a read see a stream; undefined if that is nothing. */
function seen(last: number, first: number, { fault }: Met): number | undefined {
  if (typeof fault !== 'object' || !('behind' in fault)) return last;
  return last - fault.behind < first ? undefined : last - fault.behind;
}

/** Events of the log. The given position is included forwards and excluded backwards, as on the real server. */
export async function readAll(log: Log, read: AllRead, out: ReadOutflow, met: Met): Promise<void> {
  dropping(out, met);
  const head = await log.store.head();
  const from = read.from === 'start' ? 0 : read.from === 'end' ? head + 1 : read.from;
  if (read.from === from) {
    if (from <= head ? !log.store.stands(from) : read.backwards) throw noSuchPosition(from);
  }
  const pages = read.backwards
    ? log.allBackwards(from - 1, read.count ?? 0, out.signal)
    : log.allForwards(Math.max(1, from), head, out.signal);
  await writeEvents(log, pages, read, out, read.filter.shows);
}

/** Usually there is nothing to wait for, and the next row is written at once. */
export function show(log: Log, row: Recorded, read: StreamRead | AllRead, out: ReadOutflow): Promise<void> | undefined {
  if (!read.resolveLinks || row.type !== LINK) return out.event(eventMessage({ event: row }, read.structured));
  return resolved(log, row).then((shown) => out.event(eventMessage(shown, read.structured)));
}

/** For tests: drops this call after some events, if a fault says so. */
export function dropping(out: ReadOutflow, { fault }: Met): void {
  if (typeof fault === 'object' && 'drop' in fault) out.dropAfter(fault.after ?? 0, fault.drop);
}

async function writeEvents(
  log: Log,
  pages: AsyncIterable<readonly Recorded[]>,
  read: StreamRead | AllRead,
  out: ReadOutflow,
  shows: (row: Recorded) => boolean,
): Promise<number> {
  const { count = 0 } = read;
  if (count === 0) return 0;
  let written = 0;
  for await (const rows of pages) {
    for (const row of rows) {
      if (out.signal.aborted) return written;
      if (!shows(row)) continue;
      const waiting = show(log, row, read, out);
      if (waiting) await waiting;
      if (++written === count) return written;
    }
  }
  return written;
}

function versionAt(from: StreamRead['from'], end: number): number {
  return from === 'start' ? 0 : from === 'end' ? end : from;
}
