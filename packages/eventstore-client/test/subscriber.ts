import type { Recorded, Written } from '@waybill/core';
import type { Page, Query } from '@waybill/core/store-kit';
import type { EventStore } from '@waybill/eventstore-client';
import { event } from './kit';

/** A subscriber that keeps all it was shown, and can be waited for. */
export class Subscriber {
  readonly rows: Recorded[] = [];
  readonly pages: Page[] = [];
  private readonly stop = new AbortController();
  private readonly watchers = new Set<() => void>();
  private readonly running: Promise<void>;

  constructor(store: EventStore, query: Query, slow?: () => Promise<unknown>) {
    this.running = this.run(store, query, slow);
    this.running.catch(() => undefined);
  }

  async until(isSo: (pages: readonly Page[], rows: readonly Recorded[]) => boolean): Promise<void> {
    while (!isSo(this.pages, this.rows)) await Promise.race([this.running, new Promise<void>((resolve) => this.watchers.add(resolve))]);
  }

  end(): Promise<void> {
    this.stop.abort();
    return this.running;
  }

  private async run(store: EventStore, query: Query, slow?: () => Promise<unknown>): Promise<void> {
    for await (const page of store.subscribe(query, this.stop.signal)) {
      this.pages.push(page);
      this.rows.push(...page.events);
      for (const watcher of this.watchers) watcher();
      this.watchers.clear();
      await slow?.();
    }
  }
}

/** Rows of one type to one stream. */
export async function append(store: EventStore, stream: string, count: number, type = 'Noted'): Promise<readonly Written[]> {
  return store.append([{ stream, expected: 'none', events: Array.from({ length: count }, () => event({ type })) }]);
}
