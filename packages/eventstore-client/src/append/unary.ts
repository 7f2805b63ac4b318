import type { AppendResp } from '@eventstore/db-client/generated/streams_pb';
import type { Connection } from '../connection/connection';
import { failureOf } from '../connection/failure';
import { appendRequests } from '../format/messages';
import { positionOr } from '../format/rows';
import type { AppendPath } from './appender';
import type { Answer } from './unplaced';
import { unplaced } from './unplaced';

/** One call per append: the failure of one does not touch another. */
export function unaryPath(connection: Connection): AppendPath {
  return async (append) => {
    try {
      return await answered(connection, append.stream, await connection.append(appendRequests(append)));
    } catch (error) {
      // Older servers report it in the trailers.
      const failure = failureOf(error);
      if (failure.kind === 'wrong-version') return { ok: false, actual: failure.actual };
      throw error;
    }
  };
}

function answered(connection: Connection, stream: string, answer: AppendResp): Answer | Promise<Answer> {
  const wrong = answer.getWrongExpectedVersion();
  if (wrong) return { ok: false, actual: wrong.hasCurrentRevision() ? Number(wrong.getCurrentRevision()) : 'none' };
  const success = answer.getSuccess();
  const version = Number(success?.getCurrentRevision() ?? Number.NaN);
  const position = positionOr(success?.getPosition()?.getCommitPosition());
  return position === undefined ? unplaced(connection, stream, version) : { ok: true, version, position };
}
