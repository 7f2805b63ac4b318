import { setTimeout as sleep } from 'node:timers/promises';
import type { NewEvent } from '@waybill/core/store-kit';
import type { Outcome } from './outcome';

/** Milliseconds after which the real server answers an append whose events it is storing already. */
export const COMMIT_TIMEOUT = 2_000;

/** Events that are being stored. The same ones that come meanwhile are dropped, and answered late. */
export class UnderWay {
  private readonly ids = new Set<string>();

  constructor(private readonly timeout = COMMIT_TIMEOUT) {}

  async once(stream: string, events: readonly NewEvent[], store: () => Promise<Outcome>): Promise<Outcome> {
    if (events.length === 0) return store();
    const key = [stream, ...events.map(({ id }) => id)].join(' ');
    if (this.ids.has(key)) {
      await sleep(this.timeout);
      return { kind: 'late' };
    }
    this.ids.add(key);
    try {
      return await store();
    } finally {
      this.ids.delete(key);
    }
  }
}
