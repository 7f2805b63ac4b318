import type { ReadReq, ReadResp } from '@eventstore/db-client/generated/streams_pb';
import type { Recorded } from '@waybill/core/store-kit';
import type { Connection } from '../connection/connection';
import { failureOf } from '../connection/failure';
import { EVERYTHING } from '../format/filter';
import { logRequest } from '../format/messages';
import { recordedOf } from '../format/rows';
import type { ReadCall } from '../connection/wire';

/** How servers answer a read that begins at a position at which no row stands, or beyond the end. */
const NO_SUCH_POSITION: readonly unknown[] = [2, 3];

/** The rows of one read that ends by itself. A missing stream has none, nor has a read that is answered with a status of `none`. */
export async function rowsOf(connection: Connection, request: ReadReq, none: readonly unknown[] = []): Promise<Recorded[]> {
  return connection.repeated(async () => {
    const rows: Recorded[] = [];
    const call = await connection.read(request);
    try {
      await ended(call, connection.settings.deadline, (answer) => {
        const event = answer.getEvent();
        const row = event && recordedOf(event);
        if (row) rows.push(row);
      });
    } catch (error) {
      const isNone = none.includes((error as { readonly code?: unknown }).code);
      if (!isNone && failureOf(error).kind !== 'not-found') throw error;
    } finally {
      call.cancel();
    }
    return rows;
  });
}

/** The first row at or above a position; none where the server says that no row stands there. */
export function rowsFrom(connection: Connection, position: number): Promise<Recorded[]> {
  return rowsOf(connection, logRequest(position, EVERYTHING.regex, 1), NO_SUCH_POSITION);
}

export async function rowAt(connection: Connection, position: number): Promise<Recorded | undefined> {
  const [row] = await rowsFrom(connection, position);
  return row?.position === position ? row : undefined;
}

/** Resolves when the call has ended; each answer must follow the one before it within the deadline. */
function ended(call: ReadCall, deadline: number, take: (answer: ReadResp) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (error: unknown) => {
      clearTimeout(timer);
      reject(error as Error);
    };
    const details = `no answer within ${deadline} ms`;
    const timer = setTimeout(() => fail(Object.assign(new Error(details), { code: 14, details })), deadline);
    call.on('error', fail);
    call.on('end', () => {
      clearTimeout(timer);
      resolve();
    });
    call.on('data', (answer: ReadResp) => {
      timer.refresh();
      try {
        take(answer);
      } catch (error) {
        fail(error);
      }
    });
  });
}
