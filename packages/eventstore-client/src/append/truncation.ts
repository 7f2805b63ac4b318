import { randomUUID } from 'node:crypto';
import { truncateAhead } from '@waybill/core';
import type { Connection } from '../connection/connection';
import { streamRequest } from '../format/messages';
import { rowsOf } from '../read/reads';
import { streamName } from '../format/rows';
import type { Appender } from './appender';

/** "Truncate before": the server hides the rows below it, and drops them when it scavenges. */
const BEFORE = '$tb';

/** @throws WaybillError `TRUNCATE_AHEAD` */
export async function truncate(connection: Connection, appender: Appender, stream: string, before: number): Promise<void> {
  const name = streamName(stream);
  const [last] = await rowsOf(connection, streamRequest(name, 'end', 1));
  if (!last || last.version < before) throw truncateAhead(stream, before);
  if (before === 0) return;
  for (;;) {
    const [row] = await rowsOf(connection, streamRequest(`$$${name}`, 'end', 1));
    const metadata = row ? object(row.data) : {};
    const current = metadata[BEFORE];
    if (typeof current === 'number' && current >= before) return;
    // The server keeps only the last metadata, so what others have set is copied.
    const event = { id: randomUUID(), type: '$metadata', data: JSON.stringify({ ...metadata, [BEFORE]: before }), metadata: '{}' };
    const written = await appender.append({ stream: `$$${name}`, expected: row ? row.version : 'none', events: [event] });
    if (written.ok) return;
  }
}

function object(text: string): Record<string, unknown> {
  const value: unknown = JSON.parse(text);
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}
