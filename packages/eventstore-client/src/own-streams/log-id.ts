import { randomUUID } from 'node:crypto';
import { WaybillError } from '@waybill/core';
import type { Appender } from '../append/appender';
import type { Connection } from '../connection/connection';
import { streamRequest } from '../format/messages';
import { rowsOf } from '../read/reads';
import { jsonOf, OWN } from '../format/rows';

const STREAM = `${OWN}log`;

/** The id of the log: what the first row of the stream `waybill:log` says, written by whichever client came first. */
export async function logId(connection: Connection, appender: Appender, stream = STREAM): Promise<string> {
  const known = await readId(connection, stream);
  if (known !== undefined) return known;
  const event = { id: randomUUID(), type: STREAM, data: JSON.stringify({ id: randomUUID() }), metadata: '{}' };
  await appender.append({ stream, expected: 'none', events: [event] });
  const id = await readId(connection, stream);
  if (id !== undefined) return id;
  throw new WaybillError('STORE_DAMAGED', `the stream ${stream} does not hold the id of the log`, 'find out who deleted it or wrote to it');
}

async function readId(connection: Connection, stream: string): Promise<string | undefined> {
  const [row] = await rowsOf(connection, streamRequest(stream, 0, 1));
  if (!row) return undefined;
  const value = jsonOf(row.data) as { readonly id?: unknown } | null | undefined;
  return typeof value?.id === 'string' && value.id !== '' ? value.id : undefined;
}
