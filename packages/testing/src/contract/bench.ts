import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { Keys, NewEvent, Recorded, Store, Views, Write, Written } from '@waybill/core';
import type { Page, Query } from '@waybill/core/store-kit';

/** What each case is given: an empty log, and what can be done to it. */
export interface StoreUnderTest {
  readonly store: Store;
  /** The same log opened anew, after `store` was closed. */
  readonly reopen?: () => Promise<Store>;
  /** A second connection to the same log at the same time: stands for another process. */
  readonly second?: () => Promise<Store>;
  /** Removes the log. All stores of the case are closed by then. */
  readonly cleanup: () => Promise<void>;
}

export type StoreFactory = () => Promise<StoreUnderTest> | StoreUnderTest;

/** What a case needs; a store that lacks it says why. */
export type Need = 'reopen' | 'second' | 'views' | 'keys';

export interface ContractCase {
  /** The guarantee, and where it would break. */
  readonly title: string;
  readonly needs?: readonly Need[];
  run(bench: Bench): Promise<void>;
}

/** A store under test, with waits that end. */
export class Bench {
  private readonly opened: Store[];

  constructor(
    private readonly subject: StoreUnderTest,
    /** How long to wait for something that must come, in milliseconds. */
    private readonly patience: number,
  ) {
    this.opened = [subject.store];
  }

  get store(): Store {
    return this.subject.store;
  }

  get views(): Views {
    return given(this.store.views, 'views');
  }

  get keys(): Keys {
    return given(this.store.keys, 'keys');
  }

  async second(): Promise<Store> {
    return this.opens(await given(this.subject.second, 'second')());
  }

  /** The same log after a close, on a new connection. */
  async reopen(): Promise<Store> {
    const reopen = given(this.subject.reopen, 'reopen');
    await this.store.close();
    return this.opens(await reopen());
  }

  async cleanup(): Promise<void> {
    for (const store of this.opened) await store.close();
    await this.subject.cleanup();
  }

  async within<T>(promise: Promise<T>, what: string): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(
        () => reject(new assert.AssertionError({ message: `${what}: nothing came within ${this.patience} ms` })),
        this.patience,
      );
    });
    try {
      return await Promise.race([promise, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Pages of a subscription until `enough` of them came; `between` runs while the consumer holds a page. */
  async pages(store: Store, query: Query, enough: (page: Page, pages: readonly Page[]) => boolean, between?: () => Promise<unknown>) {
    const stop = new AbortController();
    const pages: Page[] = [];
    const consume = async () => {
      for await (const page of store.subscribe(query, stop.signal)) {
        pages.push(page);
        if (enough(page, pages)) return;
        await between?.();
      }
      assert.fail('a subscription ended although it was not aborted');
    };
    try {
      await this.within(consume(), 'the pages of a subscription');
    } finally {
      stop.abort();
    }
    return pages;
  }

  /** All rows that match and are in the log by now. */
  async shown(store: Store, query: Query): Promise<readonly Recorded[]> {
    return rowsOf(await this.pages(store, query, (page) => page.caughtUp));
  }

  private opens(store: Store): Store {
    this.opened.push(store);
    return store;
  }
}

export function event(type = 'Noted', over: Partial<NewEvent> = {}): NewEvent {
  return { id: randomUUID(), type, data: '{"n":1}', meta: '{"by":"contract"}', time: 1_700_000_000_000, ...over };
}

export function events(count: number, type?: string): readonly NewEvent[] {
  return Array.from({ length: count }, (_, n) => event(type, { data: `{"n":${n}}` }));
}

export type Stored = Extract<Written, { ok: true }>;

/** One write, whatever its result. */
export async function write(store: Store, stream: string, expected: Write['expected'], rows: readonly NewEvent[]): Promise<Written> {
  const [written, ...more] = await store.append([{ stream, expected, events: rows }]);
  assert.equal(more.length, 0, 'one result per write');
  assert.ok(written, 'one result per write');
  return written;
}

/** One write that must be stored. */
export async function put(store: Store, stream: string, expected: Write['expected'], rows: readonly NewEvent[]): Promise<Stored> {
  return held(await write(store, stream, expected, rows));
}

export function held(written: Written | undefined): Stored {
  assert.ok(written?.ok, `a write that fits is stored, not ${JSON.stringify(written)}`);
  return written;
}

export function rowsOf(pages: readonly Page[]): readonly Recorded[] {
  return pages.flatMap((page) => page.events);
}

export function ids(rows: readonly NewEvent[]): readonly string[] {
  return rows.map((row) => row.id);
}

export function versions(rows: readonly Recorded[]): readonly number[] {
  return rows.map((row) => row.version);
}

export function mustRise(positions: readonly number[]): void {
  for (const [i, position] of positions.entries()) {
    assert.ok(Number.isSafeInteger(position) && position > (positions[i - 1] ?? 0), `positions rise from above 0: ${positions.join(' ')}`);
  }
}

/** Rejects (and does not throw) with that code, in a message that begins with it. */
export async function mustRefuse(code: string, call: () => Promise<unknown>): Promise<void> {
  const hasCode = (error: { code?: unknown; message?: unknown }) => {
    assert.equal(error.code, code, `refused with ${code}, not ${String(error.message)}`);
    assert.ok(String(error.message).startsWith(`${code}: `), `the message begins with ${code}`);
    return true;
  };
  await assert.rejects(call, hasCode, `a call that must be refused with ${code} was accepted`);
}

function given<T>(what: T | undefined, need: Need): T {
  assert.ok(what, `this case needs '${need}': provide it, or pass storeContract the reason why the store lacks it`);
  return what;
}
