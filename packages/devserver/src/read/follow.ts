import type { Recorded } from '@waybill/core/store-kit';
import type { Log } from '../log/log';
import { PAGE } from '../log/log';
import { LOG_STREAM, logEvent } from '../log/log-stream';
import { firstVersion, metadataOf } from '../log/metadata';
import { isTombstone } from '../wire/payload';
import type { Place } from '../wire/read-request';
import { streamDeleted } from '../wire/status';

/** Rows of one stream, and whether the log had no more when they were read. */
interface Followed {
  readonly rows: readonly Recorded[];
  readonly caughtUp: boolean;
}

/**
 * The rows of a stream after version `from`, then what is appended later; where the one ends and the other begins is fixed when
 * this resolves. The live part looks at every new row of the log. Ends with STREAM_DELETED behind a tombstone.
 */
export async function followStream(log: Log, stream: string, from: Place, signal: AbortSignal): Promise<AsyncGenerator<Followed>> {
  // The head is read first: what is appended meanwhile is then seen twice rather than not at all.
  const head = await log.store.head();
  const last = stream === LOG_STREAM ? logEvent(log.store) : await log.last(stream);
  if (last && isTombstone(last)) throw streamDeleted(stream);
  const end = (last?.version ?? -1) + 1;
  const next = from === 'start' ? 0 : from === 'end' ? end : from + 1;
  return following(log, stream, { next, head, last }, signal);
}

interface Start {
  readonly next: number;
  readonly head: number;
  readonly last: Recorded | undefined;
}

async function* following(log: Log, stream: string, { next, head, last }: Start, signal: AbortSignal): AsyncGenerator<Followed> {
  let seen = next - 1;
  // Where there is nothing to be caught up with, nothing is said before the first row.
  let isSilent = stream !== LOG_STREAM && (!last || next > last.version + 1 || (await metadataOf(log, stream)).softDeleted);
  for await (const rows of history(log, stream, next, last)) {
    if (signal.aborted) return;
    seen = rows.at(-1)?.version ?? seen;
    yield { rows, caughtUp: false };
  }
  for await (const page of log.store.subscribe({ after: head, limit: PAGE, everything: true }, signal)) {
    const rows = page.events.filter((row) => row.stream === stream && row.version > seen);
    seen = rows.at(-1)?.version ?? seen;
    isSilent &&= rows.length === 0;
    yield { rows, caughtUp: page.caughtUp && !isSilent };
    if (rows.some(isTombstone)) throw streamDeleted(stream);
  }
}

async function* history(log: Log, stream: string, next: number, last: Recorded | undefined): AsyncGenerator<readonly Recorded[]> {
  if (!last || next > last.version) return;
  if (stream === LOG_STREAM) return yield [last];
  const metadata = await metadataOf(log, stream);
  if (metadata.softDeleted) return;
  const oldest = Date.now() - metadata.maxAge;
  const first = Math.max(next, firstVersion(metadata, last.version));
  for await (const rows of log.forwards(stream, first, last.version)) yield rows.filter(({ time }) => time >= oldest);
}
