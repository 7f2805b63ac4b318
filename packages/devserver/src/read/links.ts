import type { Recorded } from '@waybill/core';
import type { Log } from '../log/log';
import type { Shown } from '../wire/messages';
import { payloadOf } from '../wire/payload';

/** The type of an event that points to another one: its data is `version@stream`. */
export const LINK = '$>';

/** The event that a link points to, if it still exists. Any other row is itself the event. */
export async function resolved(log: Log, row: Recorded): Promise<Shown> {
  if (row.type !== LINK) return { event: row };
  const [, version, stream] = /^(\d+)@(.+)$/s.exec(Buffer.from(payloadOf(row).data).toString()) ?? [];
  const event = stream === undefined ? undefined : await log.row(stream, Number(version));
  return { event, link: row };
}
