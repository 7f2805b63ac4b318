import { randomUUID } from 'node:crypto';
import type { Expected, Recorded, Written } from '@waybill/core';
import type { Appender } from '../append/appender';
import type { Connection } from '../connection/connection';
import { streamRequest } from '../format/messages';
import { rowsOf } from '../read/reads';

interface OwnRow {
  readonly data: string;
  readonly metadata: string;
}

/** A stream that keeps only its last row, written by compare-and-set. */
export class OwnRows {
  constructor(
    private readonly connection: Connection,
    private readonly appender: Appender,
    private readonly stream: string,
    private readonly type: string,
  ) {}

  /** The current row; a row of another type is not ours. */
  async last(): Promise<Recorded | undefined> {
    const [row] = await rowsOf(this.connection, streamRequest(this.stream, 'end', 1));
    return row?.type === this.type ? row : undefined;
  }

  /** Only if the stream is still at `expected`. */
  async put(row: OwnRow, expected: Expected): Promise<Written> {
    // Before the first row, so that rows never pile up.
    if (expected === 'none') await this.keepOne();
    return this.appender.append({ stream: this.stream, expected, events: [{ id: randomUUID(), type: this.type, ...row }] });
  }

  private async keepOne(): Promise<void> {
    const event = { id: randomUUID(), type: '$metadata', data: '{"$maxCount":1}', metadata: '{}' };
    await this.appender.append({ stream: `$$${this.stream}`, expected: 'none', events: [event] });
  }
}
