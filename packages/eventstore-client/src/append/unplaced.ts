import type { Expected, Written } from '@waybill/core/store-kit';
import type { Connection } from '../connection/connection';
import { failureOf } from '../connection/failure';
import { appendRequests, streamRequest } from '../format/messages';
import { rowsOf } from '../read/reads';

/** It was stored, and nobody is shown it any more; `actual` is the version at which the stream goes on. */
interface Hidden {
  readonly ok: false;
  readonly actual: Expected;
  readonly isHidden: true;
}

/** What a server answers to an append. */
export type Answer = Written | Hidden;

/**
 * An append that was stored, up to `revision`, of which the server does not say where: its rows are hidden. If they cannot be read
 * either, it is answered like one that came too late, with the version at which the stream goes on.
 */
export async function unplaced(connection: Connection, stream: string, revision: number): Promise<Answer> {
  const [row] = Number.isSafeInteger(revision) ? await rowsOf(connection, streamRequest(stream, revision, 1)) : [];
  if (row?.version === revision) return { ok: true, version: revision, position: row.position };
  // An append of nothing at a new stream stores nothing, and is refused with the current revision, also where no row can be read.
  try {
    const answer = await connection.append(appendRequests({ stream, expected: 'none', events: [] }));
    const wrong = answer.getWrongExpectedVersion();
    if (wrong?.hasCurrentRevision()) return { ok: false, actual: Number(wrong.getCurrentRevision()), isHidden: true };
  } catch (error) {
    const failure = failureOf(error);
    if (failure.kind !== 'wrong-version') throw error;
    return { ok: false, actual: failure.actual, isHidden: true };
  }
  throw new Error('the server answered neither success nor refusal');
}
