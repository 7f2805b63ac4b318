import type { Recorded } from '@waybill/core';
import type { ReadReq, ReadResp } from '@eventstore/db-client/generated/streams_pb';
import type { Log } from './log';
import { LOG_STREAM, logEvent } from './log-stream';
import { eventMessage, notFoundMessage } from './messages';
import { firstVersion, metadataOf } from './metadata';
import type { Outflow } from './outflow';
import { isTombstone } from './payload';
import type { AllRead, StreamRead } from './read-request';
import { invalid, streamDeleted } from './status';

export type ReadOutflow = Outflow<ReadReq, ReadResp>;

/** Events of one stream, oldest or newest first, as its metadata lets them be seen. */
export async function readStream(log: Log, read: StreamRead, out: ReadOutflow): Promise<void> {
  if (read.stream === LOG_STREAM) return out.write(eventMessage(logEvent(log.store), read.structured));
  const metadata = await metadataOf(log, read.stream);
  const last = await log.last(read.stream);
  if (last && isTombstone(last)) throw streamDeleted(read.stream);
  if (!last || metadata.softDeleted) return out.write(notFoundMessage(read.stream));
  const first = firstVersion(metadata, last.version);
  const pages = read.backwards
    ? log.backwards(read.stream, Math.min(versionAt(read.from, last.version), last.version), first)
    : log.forwards(read.stream, Math.max(versionAt(read.from, last.version + 1), first), last.version);
  const oldest = Date.now() - metadata.maxAge;
  await writeEvents(pages, read, out, ({ time }) => time >= oldest);
}

/** Events of the log. Forwards the given position is included, backwards it is not, as on the real server. */
export async function readAll(log: Log, read: AllRead, out: ReadOutflow): Promise<void> {
  const head = await log.store.head();
  const from = read.from === 'start' ? 0 : read.from === 'end' ? head + 1 : read.from;
  if (from > head && typeof read.from === 'number') throw aheadOf(from, head);
  const pages = read.backwards
    ? log.allBackwards(from - 1, read.count ?? 0, out.signal)
    : log.allForwards(Math.max(1, from), head, out.signal);
  await writeEvents(pages, read, out, read.filter.query.types ? ofTypes(read.filter.query.types) : read.filter.shows);
}

export function aheadOf(position: number, head: number): Error {
  return invalid(`there is no position ${position}: the log ends at ${head}`);
}

async function writeEvents(
  pages: AsyncIterable<readonly Recorded[]>,
  { count = 0, structured }: StreamRead | AllRead,
  out: ReadOutflow,
  shows: (row: Recorded) => boolean,
): Promise<void> {
  let left = count;
  if (left === 0) return;
  for await (const rows of pages) {
    for (const row of rows) {
      if (out.signal.aborted) return;
      if (!shows(row)) continue;
      await out.write(eventMessage(row, structured));
      if (--left === 0) return;
    }
  }
}

function ofTypes(types: readonly string[]): (row: Recorded) => boolean {
  const wanted = new Set(types);
  return ({ type }) => wanted.has(type);
}

function versionAt(from: StreamRead['from'], end: number): number {
  return from === 'start' ? 0 : from === 'end' ? end : from;
}
