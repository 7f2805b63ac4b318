import { randomUUID } from 'node:crypto';
import type { Recorded } from '@waybill/core';
import type { Log } from '../log/log';
import { LINK, resolved } from '../read/links';
import type { Shown } from '../wire/messages';
import { firstVersion, metadataOf, metastreamOf } from '../log/metadata';
import type { StreamWriter } from '../log/stream-writer';
import type { GroupKey } from './requests';

/** The name of a group's own stream, as on the real server. */
export function streamOfGroup({ stream, group }: GroupKey, kind: 'parked' | 'checkpoint'): string {
  return `$persistentsubscription-${stream}::${group}-${kind}`;
}

/** Messages that a group has given up: links in a stream of its own. */
export class Parked {
  private readonly stream: string;

  constructor(
    private readonly log: Log,
    private readonly writer: StreamWriter,
    key: GroupKey,
  ) {
    this.stream = streamOfGroup(key, 'parked');
  }

  async add({ event, link }: Shown, reason: string): Promise<void> {
    const row = (link?.stream === this.stream ? event : link) ?? event ?? link;
    if (!row) return;
    const time = Date.now();
    const meta = JSON.stringify({ added: new Date(time).toISOString(), reason, subscriptionEventNumber: row.version });
    const parked = { id: randomUUID(), type: LINK, data: `${row.version}@${row.stream}`, meta, time };
    await this.writer.append(this.stream, 'any', [parked]);
  }

  /** The versions of the messages that are parked: from `first` up to but not including `end`. */
  async bounds(): Promise<{ first: number; end: number }> {
    const last = await this.log.last(this.stream);
    if (!last) return { first: 0, end: 0 };
    return { first: firstVersion(await metadataOf(this.log, this.stream), last.version), end: last.version + 1 };
  }

  async *between(first: number, end: number): AsyncGenerator<{ shown: Shown; row: Recorded }> {
    for await (const rows of this.log.forwards(this.stream, first, end - 1)) {
      for (const row of rows) yield { shown: await resolved(this.log, row), row };
    }
  }

  /** Those below `end` were delivered again: they are no longer parked. */
  async passed(end: number): Promise<void> {
    const event = { id: randomUUID(), type: '$metadata', data: JSON.stringify({ $tb: end }), meta: '{}', time: Date.now() };
    await this.writer.append(metastreamOf(this.stream), 'any', [event]);
  }
}
