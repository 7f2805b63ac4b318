import { App } from 'waybill';
import type { AppOptions, Message, Outcome, ParkedMessage, Recorded, Store, UseClass } from 'waybill';
import { clear } from './inside';
import type { Time } from './time';

/** A message as a producer writes it. */
export interface Fed {
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
  /** Schema version of `data`; default 1. */
  readonly v?: number;
  /** Milliseconds by which it was written down before now. */
  readonly ago?: number;
}

/** Who takes a command, and the class that it is of. */
export type Commands = Readonly<Record<string, readonly [actor: UseClass, command: new (data: never) => Message]>>;

export interface Sent {
  readonly id: string;
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
}

export const signature = { by: 'ada', why: 'the dependency is back' };

/** One app on a log, from its start to its stop. */
export class Run {
  /** Since the last `take`. */
  readonly outcomes: Outcome[] = [];
  private published = 0;

  private constructor(
    readonly app: App,
    readonly store: Store,
    readonly time: Time,
  ) {}

  static start(store: Store, time: Time, use: readonly UseClass[], options: Partial<AppOptions> = {}): Promise<Run> {
    const started = App.start({ store, use, runtime: time, onFailure: () => undefined, ...options }).then((app) => {
      const run = new Run(app, store, time);
      app.outcomes.subscribe((outcome) => (run.published++, run.outcomes.push(outcome)));
      return run;
    });
    return time.until(started);
  }

  /** Until all that the log holds has its outcome. */
  async settled(): Promise<void> {
    await this.time.until(this.app.settled());
    const { received, waiting } = this.app.counts();
    expectNone(received - this.published, 'deliveries without an outcome that was published');
    expectNone(waiting, 'deliveries that wait');
  }

  async stop(): Promise<void> {
    await this.time.until(this.app.stop());
    this.time.kill();
  }

  async feed(...messages: readonly Fed[]): Promise<string[]> {
    const ids = await feed(this.store, this.time, messages);
    await this.settled();
    return ids;
  }

  /** Feeds messages; returns how each of them ended at a consumer, in order, with the fields in which a conflict differs. */
  async ends(consumer: string, messages: readonly Fed[]): Promise<string[]> {
    const ids = await this.feed(...messages);
    return ids.map((id) => {
      const ends = this.outcomes.filter((outcome) => outcome.id === id && outcome.consumer === consumer);
      return ends.map(({ kind, diff = [] }) => [kind, ...diff.map(({ field }) => field)].join(' ')).join(', ');
    });
  }

  /** The answer to a command; of a refusal the reason, of any other error the code. */
  async send(commands: Commands, { id, type, data }: Sent): Promise<unknown> {
    const [actor, command] = commands[type] as [never, new (data: never) => never];
    try {
      const { stream, version, events } = await this.time.until(this.app.send(actor, new command(data as never), { id }));
      return { stream, version, events: (events as Message[]).map((event) => ({ ...event, type: event.type })) };
    } catch (error) {
      const { reason, code } = error as { readonly reason?: string; readonly code?: string };
      return reason === undefined ? { code: code ?? String(error) } : { refused: reason };
    }
  }

  async parked(): Promise<ParkedMessage[]> {
    const list = async (): Promise<ParkedMessage[]> => {
      const all: ParkedMessage[] = [];
      for await (const one of this.app.operators.parked()) all.push(one);
      return all;
    };
    return this.time.until(list());
  }

  /** How it ended, and how many are left in that stream. */
  async retry(stream: string, version?: number): Promise<{ kinds: string[]; left: number }> {
    const { results: endings, left } = await this.time.until(this.app.operators.retry(stream, version, signature));
    await this.settled();
    return { kinds: endings.map(({ kind }) => kind), left };
  }

  async skip(stream: string, version: number): Promise<string> {
    const { kind } = await this.time.until(this.app.operators.skip(stream, version, signature));
    await this.settled();
    return kind;
  }

  /** `consumer type kind` of each outcome since the last time. */
  take(): string[] {
    return this.outcomes.splice(0).map(({ consumer, type, kind }) => `${consumer} ${type} ${kind}`);
  }
}

function expectNone(count: number, what: string): void {
  if (count !== 0) throw new Error(`${count} ${what}`);
}

/** Appends messages to the stream `feed`, as an outside producer does; returns their ids. */
export async function feed(store: Store, time: Time, messages: readonly Fed[]): Promise<string[]> {
  const opened = clear(store, time);
  const known = await opened.read('feed', 0, 10_000);
  const events = messages.map(({ type, data, v, ago = 0 }) => {
    const meta = v === undefined ? '{}' : JSON.stringify({ v });
    return { id: time.uuid(), type, data: JSON.stringify(data), meta, time: time.now() - ago };
  });
  await opened.append([{ stream: 'feed', expected: known.at(-1)?.version ?? 'none', events }]);
  return events.map(({ id }) => id);
}

/** Every row of the log, in order. */
export async function rowsOf(store: Store): Promise<Recorded[]> {
  const rows: Recorded[] = [];
  const stop = new AbortController();
  for await (const page of store.subscribe({ after: 0, everything: true, limit: 1_000 }, stop.signal)) {
    rows.push(...page.events);
    if (page.caughtUp) stop.abort();
  }
  return rows;
}
