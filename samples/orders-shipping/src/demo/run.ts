import { createReadStream } from 'node:fs';
import { appendFile } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { App, Container, realRuntime } from 'waybill';
import type { Store, UseClass } from 'waybill';
import { readFeed } from './feed';
import { loggerOf } from './log';
import { MailOnShipment, Mailer } from '../mail-on-shipment';
import { OpenOrders } from '../open-orders';
import { Orders } from '../orders';
import { Producer } from './producer';
import type { Fed } from './producer';
import { Shipping } from '../shipping';
import { baseOf, openStore } from './store';
import { Tally } from './tally';

/** Who runs in a process. Shipping stands last: it is started last, so nothing of it is counted before we listen. */
export const ROLES = {
  all: [Orders, OpenOrders, MailOnShipment, Shipping],
  orders: [Orders, OpenOrders],
  shipping: [MailOnShipment, Shipping],
} as const satisfies Record<string, readonly UseClass[]>;
export type Role = keyof typeof ROLES;

export interface Job {
  readonly role: Role;
  readonly store: string;
  /** A path or `-` for stdin; undefined: this process appends nothing. */
  readonly feed?: string | undefined;
  /** The feed is in; what is returned has to come before this process is finished. */
  readonly onProduced?: () => Promise<void> | undefined;
  readonly onRefused: (line: number, reason: string) => void;
  readonly onLook: (state: State) => void;
  /** Milliseconds from look to look. */
  readonly every: number;
  readonly log: boolean;
  /** The clock of the app is so many days ahead. */
  readonly inDays: number;
}

const DAY = 86_400_000;

/** Where a run stands. */
export interface State {
  readonly fed: Fed;
  /** Of Shipping, in this run. */
  readonly tally: Tally;
  /** Rows of the log that Shipping has yet to pass. */
  readonly lag: number;
}

export interface Ran {
  readonly fed: Fed;
  readonly tally: Tally;
  /** The part of the log that Shipping worked off in this run. */
  readonly after: number;
  readonly to: number;
}

/** One process, from its start to the moment when all is settled, or until `signal`: then it finishes what is under way. */
export async function run(job: Job, signal: AbortSignal): Promise<Ran> {
  const store = await openStore(job.store);
  let ran: Ran;
  try {
    ran = await runOn(store, job, signal);
  } catch (error) {
    await patiently(store.close());
    throw error;
  }
  await store.close();
  return ran;
}

/** What failed may keep the store from ending in good order, too; the log is whole either way. */
async function patiently(ending: Promise<void>): Promise<void> {
  await Promise.race([ending.catch(() => undefined), sleep(3_000)]);
}

async function runOn(store: Store, job: Job, interrupted: AbortSignal): Promise<Ran> {
  const failure = new AbortController();
  const signal = AbortSignal.any([interrupted, failure.signal]);
  const aborted = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
  const container = new Container();
  container.bind<Mailer>(Mailer).toConstantValue(mailTo(`${baseOf(job.store, store.id)}.mail.jsonl`));
  const onFailure = (error: unknown): void => failure.abort(error);
  const runtime = { ...realRuntime, now: () => Date.now() + job.inDays * DAY };
  const app = await App.start({ store, runtime, container, use: ROLES[job.role], onFailure, logger: loggerOf(job) });
  const tally = new Tally();
  app.outcomes.subscribe(({ consumer, type, kind }) => {
    // What a deadline came to stands in the log; it is no event of the feed.
    if (consumer !== 'shipping' || type === 'ShipmentOverdue') return;
    tally.add(type, 'received');
    tally.add(type, kind);
  });
  const producer = new Producer(store, job.onRefused);
  const passed = (): number => app.progress().find(({ consumer }) => consumer === 'shipping')?.position ?? 0;
  const after = passed();
  const look = async (): Promise<void> => job.onLook({ fed: producer.fed, tally, lag: (await store.head()) - passed() });
  const timer = setInterval(() => void look().catch((error: unknown) => failure.abort(error)), job.every);
  try {
    if (job.feed !== undefined) await produce(producer, job.feed, signal);
    const last = async (): Promise<void> => {
      await job.onProduced?.();
      await app.settled();
    };
    if (!signal.aborted) await Promise.race([last(), aborted]);
    if (failure.signal.aborted) throw failure.signal.reason;
  } catch (error) {
    await patiently(app.stop());
    throw error;
  } finally {
    clearInterval(timer);
  }
  await app.stop();
  if (failure.signal.aborted) throw failure.signal.reason;
  await look();
  return { fed: producer.fed, tally, after, to: passed() };
}

async function produce(producer: Producer, feed: string, signal: AbortSignal): Promise<void> {
  const input = inputOf(feed);
  const cut = (): void => void input.destroy();
  signal.addEventListener('abort', cut);
  try {
    await producer.feed(readFeed(input), signal);
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    signal.removeEventListener('abort', cut);
  }
}

export function inputOf(feed: string): Readable {
  return feed === '-' ? process.stdin : createReadStream(feed);
}

/** The outside world of this sample: a file with one line per mail. At least once: a line may be there twice, with one key. */
function mailTo(file: string): Mailer {
  return { send: ({ key, text }) => appendFile(file, `${JSON.stringify({ key, text })}\n`, { mode: 0o600 }) };
}
