import type { NewEvent, Recorded, Store, Views, Write, Written } from '@waybill/core';
import type { Cause } from '@waybill/core/internal';
import { checkWrites, LIMITS } from '@waybill/core/store-kit';
import type { Checkpoint, Page, Query, Snapshot } from '@waybill/core/store-kit';
import { RecentMap } from '../base/recent-map';
import type { SubjectKey } from './cipher';
import type { KeyRing } from './keys';
import { hiddenOf, opened } from './open';
import { isKept } from './row';
import { clearOf, isClear, sealed } from './seal';
import type { Clear, Source } from './seal';

/** How many sources are remembered: enough for the messages in progress, since each consumer has a bounded window. */
const SOURCES = 100_000;
/** How many streams are remembered as reloaded; one that is not remembered is reloaded twice. */
const RELOADED = 100_000;

/** For each row of a write, its personal part. */
type Plan = readonly (Clear | undefined)[];

interface ForFlow {
  /** The names of actors whose state may hold personal data: they have no snapshots, which would hold it unencrypted. */
  readonly actors: ReadonlySet<string>;
}

/**
 * A store with personal fields encrypted: callers see them in clear, the wrapped store holds them under the subject's key.
 * Everything else is the wrapped store's.
 */
export class PersonalStore implements Store {
  readonly id: string;
  readonly guarantee?: string;
  readonly durable?: boolean;
  readonly maxWrite: number;
  readonly views?: Views;
  readonly holds?: NonNullable<Store['holds']>;
  private readonly sources = new RecentMap<number, Source>(SOURCES);
  private readonly attempts = new WeakMap<Write, { readonly generation: number; readonly sealed: Write }>();
  private readonly inFlight = new Set<Promise<unknown>>();
  private readonly reloaded = new RecentMap<string, number>(RELOADED);

  /** `flow`: set if an app's flow writes through it, which reloads an actor when its append is refused. */
  constructor(
    private readonly inner: Store,
    private readonly ring: KeyRing,
    private readonly flow?: ForFlow,
  ) {
    this.id = inner.id;
    if (inner.guarantee !== undefined) this.guarantee = inner.guarantee;
    if (inner.durable !== undefined) this.durable = inner.durable;
    if (inner.views) this.views = inner.views;
    if (inner.holds) this.holds = (row) => inner.holds?.(row) ?? Promise.resolve(true);
    // Encrypted rows are larger.
    this.maxWrite = Math.floor((inner.maxWrite ?? LIMITS.write) / 2);
  }

  append(writes: readonly Write[]): Promise<readonly Written[]> {
    const written = this.sealAndAppend(writes);
    this.inFlight.add(written);
    const ended = (): boolean => this.inFlight.delete(written);
    written.then(ended, ended);
    return written;
  }

  private async sealAndAppend(writes: readonly Write[]): Promise<readonly Written[]> {
    checkWrites(writes, this.maxWrite);
    const plans = writes.map((write) => write.events.map((event) => clearOf(event, this.sourceOf)));
    const clear = plans.flat().filter((one) => one !== undefined);
    if (clear.length === 0) return this.inner.append(writes);
    const subjects = new Map<string, boolean>();
    for (const one of clear) if (isClear(one)) subjects.set(one.subject, subjects.get(one.subject) === true || !one.source);
    const keys = subjects.size > 0 ? await this.ring.toWrite(subjects) : new Map<string, SubjectKey>();
    // Nothing is awaited from here to the append: whoever is forgotten from now on is forgotten after it.
    const stale = writes.map((write, at) => this.mayBeStale(write, plans[at] as Plan));
    const going = writes.flatMap((write, at) => (stale[at] ? [] : [this.seal(write, plans[at] as Plan, keys)]));
    const written = [...(going.length > 0 ? await this.inner.append(going) : [])];
    return writes.map(({ expected }, at) => (stale[at] ? { ok: false, actual: expected } : (written.shift() as Written)));
  }

  /** An identical append that is repeated has identical bytes. */
  private seal(write: Write, plan: Plan, keys: ReadonlyMap<string, SubjectKey>): Write {
    const { generation } = this.ring;
    const before = this.attempts.get(write);
    if (before?.generation === generation) return before.sealed;
    const events = write.events.map((event, i) => {
      const clear = plan[i];
      if (!clear) return event;
      const key = keys.get(clear.subject);
      return sealed(clear, clear.source && clear.source.keyId !== key?.id ? undefined : key);
    });
    const attempt = { generation, sealed: { ...write, events } };
    this.attempts.set(write, attempt);
    return attempt.sealed;
  }

  async read(stream: string, from?: number, limit?: number): Promise<readonly Recorded[]> {
    const rows = await this.inner.read(stream, from, limit);
    return this.open(rows, this.copiedFrom);
  }

  async rowAt(position: number): Promise<Recorded | undefined> {
    const row = await this.inner.rowAt(position);
    return row && (await this.open([row], positionOf))[0];
  }

  async *subscribe(query: Query, signal: AbortSignal): AsyncGenerator<Page> {
    for await (const page of this.inner.subscribe(query, signal)) {
      yield { ...page, events: await this.open(page.events, positionOf) };
    }
  }

  truncate(stream: string, before: number): Promise<void> {
    return this.inner.truncate(stream, before);
  }
  head(): Promise<number> {
    return this.inner.head();
  }
  checkpoint(consumer: string): Checkpoint {
    return this.inner.checkpoint(consumer);
  }
  async close(): Promise<void> {
    await Promise.allSettled(this.inFlight);
    return this.inner.close();
  }

  snapshot(stream: string): Snapshot {
    if (!this.flow?.actors.has(stream.slice(0, stream.indexOf('-')))) return this.inner.snapshot(stream);
    return { load: async () => undefined, save: async () => undefined };
  }

  /** The row of the cause, if that was encrypted and read here. */
  private readonly sourceOf = ({ meta }: NewEvent): Source | undefined => {
    if (this.sources.size === 0) return undefined;
    const { cause } = JSON.parse(meta) as { readonly cause?: Cause };
    return cause?.source === this.id ? this.sources.get(cause.position) : undefined;
  };

  /**
   * After somebody was forgotten, the fold that led to this write may still hold the person's data in clear: the first write to
   * each stream is refused with a wrong version, so that its actor is reloaded and decides on what is left.
   */
  private mayBeStale({ stream, expected }: Write, plan: Plan): boolean {
    const { generation } = this.ring;
    if (!this.flow || generation === 0 || expected === 'none' || !plan.some((one) => one && isClear(one))) return false;
    if (this.reloaded.get(stream) === generation) return false;
    this.reloaded.set(stream, generation);
    return true;
  }

  /** The position of the message that a row keeps for later: what is read here may be on its way to its actor. */
  private readonly copiedFrom = ({ type, meta }: Recorded): number | undefined => {
    if (!isKept(type)) return undefined;
    const { cause, park } = JSON.parse(meta) as { readonly cause?: Cause; readonly park?: string };
    return cause?.source === this.id && park !== 'due' ? cause.position : undefined;
  };

  /** `origin`: position of the message in the row, for those that may be on their way to an actor. */
  private async open(rows: readonly Recorded[], origin: (row: Recorded) => number | undefined): Promise<readonly Recorded[]> {
    const hidden = rows.map(hiddenOf);
    if (!hidden.some((one) => one)) return rows;
    const wanted = new Map<string, string[]>();
    for (const one of hidden) {
      if (one && one.keys.length > 0) wanted.set(one.mark.subject, [...(wanted.get(one.mark.subject) ?? []), ...one.keys]);
    }
    const keys = await this.ring.toRead(wanted);
    const missing = [...wanted].flatMap(([subject, ids]) => ids.filter((id) => !keys(subject, id)).map((id) => ({ subject, id })));
    const isErased = missing.length > 0 ? await this.ring.erased(missing) : () => false;
    return rows.map((row, i) => {
      const one = hidden[i];
      if (!one) return row;
      const { subject } = one.mark;
      const [keyId] = one.keys;
      const position = this.flow && keyId !== undefined ? origin(row) : undefined;
      if (position !== undefined && keyId !== undefined) this.sources.set(position, { subject, keyId });
      return opened(one, (id) => keys(subject, id) ?? (isErased(id, row.time) ? 'erased' : undefined));
    });
  }
}

function positionOf({ position }: Recorded): number {
  return position;
}
