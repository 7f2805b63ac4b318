import type { AppendResp } from '@eventstore/db-client/generated/streams_pb';
import type { Written } from '@waybill/core';
import type { Connection } from '../connection/connection';
import { failureOf } from '../connection/failure';
import { appendRequests, streamRequest } from '../format/messages';
import { rowsOf } from '../read/reads';
import { positionOr } from '../format/rows';
import type { AppendPath } from './appender';

/** One call per append: the failure of one does not touch another. */
export function unaryPath(connection: Connection): AppendPath {
  return async (append) => {
    try {
      const answer = await connection.append(appendRequests(append));
      return answered(answer) ?? (await reread(connection, append.stream, answer));
    } catch (error) {
      // Older servers report it in the trailers.
      const failure = failureOf(error);
      if (failure.kind === 'wrong-version') return { ok: false, actual: failure.actual };
      throw error;
    }
  };
}

/** Undefined if it was stored and the server does not say where. */
function answered(answer: AppendResp): Written | undefined {
  const wrong = answer.getWrongExpectedVersion();
  if (wrong) return { ok: false, actual: wrong.hasCurrentRevision() ? Number(wrong.getCurrentRevision()) : 'none' };
  const success = answer.getSuccess();
  const position = positionOr(success?.getPosition()?.getCommitPosition());
  return success && position !== undefined ? { ok: true, version: Number(success.getCurrentRevision()), position } : undefined;
}

async function reread(connection: Connection, stream: string, answer: AppendResp): Promise<Written> {
  const version = Number(answer.getSuccess()?.getCurrentRevision() ?? Number.NaN);
  const [row] = Number.isSafeInteger(version) ? await rowsOf(connection, streamRequest(stream, version, 1)) : [];
  if (row?.version !== version) throw new Error('the server answered neither success nor refusal');
  return { ok: true, version, position: row.position };
}
