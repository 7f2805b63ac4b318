import { randomUUID } from 'node:crypto';
import type { Log } from '../log/log';
import { payloadOf } from '../wire/payload';
import type { StreamWriter } from '../log/stream-writer';
import type { GroupKey } from './requests';
import { streamOfGroup } from './parked';
import type { Settings } from './settings';

/**
 * How far a group has processed its source, saved to a stream of its own. It is saved late, so after a restart some messages come
 * again.
 */
export class Checkpoint {
  private readonly stream: string;
  private saved = 0;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly log: Log,
    private readonly writer: StreamWriter,
    key: GroupKey,
    private readonly settings: () => Settings,
    /** The sequence up to which every message is done. */
    private readonly done: () => number,
    private readonly failed: (error: unknown) => void,
  ) {
    this.stream = streamOfGroup(key, 'checkpoint');
  }

  get last(): number | undefined {
    return this.saved > 0 ? this.saved - 1 : undefined;
  }

  /** The saved sequence, or undefined. */
  async load(): Promise<number | undefined> {
    const row = await this.log.last(this.stream);
    if (!row) return undefined;
    const value = Number(JSON.parse(Buffer.from(payloadOf(row).data).toString()));
    this.saved = value + 1;
    return value;
  }

  /** After each answer of a consumer. */
  moved(): void {
    const { maxCheckpoint, checkpointAfter } = this.settings();
    if (this.done() + 1 - this.saved >= Math.max(1, maxCheckpoint)) this.save();
    else this.timer ??= setTimeout(() => this.tick(), checkpointAfter).unref();
  }

  stop(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  private tick(): void {
    this.timer = undefined;
    if (this.done() + 1 - this.saved >= Math.max(1, this.settings().minCheckpoint)) this.save();
  }

  private save(): void {
    this.stop();
    const done = this.done();
    this.saved = done + 1;
    const event = { id: randomUUID(), type: '$SubscriptionCheckpoint', data: JSON.stringify(String(done)), meta: '{}', time: Date.now() };
    this.writer.append(this.stream, 'any', [event]).catch(this.failed);
  }
}
