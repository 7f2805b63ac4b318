import type { ParkedMessage, Store, UseClass } from 'waybill';
import { nameOf, projectionsOf, sagasOf, statesOf } from './inside';
import { Run, rowsOf } from './kit';
import type { Fed, Sent } from './kit';
import type { Story } from './story';
import type { Time } from './time';

/** A command and its answer. */
type Answered = Sent & { readonly answer: unknown };

/** What a log says today: the state of each actor, what is parked, the rows of the views. */
interface Seen {
  readonly states: Readonly<Record<string, unknown>>;
  readonly parked: readonly Omit<ParkedMessage, 'stack'>[];
  readonly views: Readonly<Record<string, readonly unknown[]>>;
}

/** What must hold of a file, whatever build opens it. */
export interface Expectation extends Seen {
  readonly writtenBy: { readonly waybill: string; readonly fileFormat: number };
  /** Milliseconds since 1970 at which its last process stopped. */
  readonly now: number;
  readonly checkpoints: Readonly<Record<string, number>>;
  readonly store: string;
  readonly rows: number;
  readonly head: number;
  readonly commands: readonly Answered[];
  /** What becomes of a second copy of each message of the feed, and of a contradiction; none where no message has a business key. */
  readonly copies: readonly string[];
  readonly contradictions: readonly string[];
}

/** What this build says of a log at rest. It may write into that log, so give it a copy. */
export async function look(story: Story, store: Store, time: Time, sent: readonly Sent[]) {
  const before = { store: store.id, rows: (await rowsOf(store)).length, head: await store.head() };
  const run = await Run.start(store, time, story.use, story.options);
  await run.settled();
  const all = await seen(run, story.use);
  const commands: Answered[] = [];
  for (const command of sent) commands.push({ ...command, answer: await run.send(story.commands ?? {}, command) });
  await run.stop();
  return { ...before, ...all, commands };
}

export async function seen(run: Run, use: readonly UseClass[]): Promise<Seen> {
  const { app, store, time } = run;
  const parked = (await run.parked()).map(({ stack: _, ...one }) => one);
  const views: Record<string, unknown[]> = {};
  for (const target of projectionsOf(use)) views[nameOf(target)] = [...(await app.view(target as never).page({ limit: 1_000 })).rows];
  const streams = (await rowsOf(store)).map(({ stream }) => stream);
  return { states: await statesOf(store, time, use, streams), parked, views };
}

export const copyOf = (message: Fed): Fed => message;

/** Feeds all messages of the feed again under new ids, as `change` has them; returns how each ended at the saga that takes it. */
export async function echo(run: Run, { use }: Story, change: (message: Fed) => Fed): Promise<string[]> {
  const fed = (await run.store.read('feed', 0, 10_000)).map(({ type, data, meta }): Fed => {
    return { type, data: JSON.parse(data) as Fed['data'], ...(JSON.parse(meta) as { v?: number }) };
  });
  const messages = fed.map(change);
  const ends = await run.ends(sagasOf(use)[0] ?? '', messages);
  return messages.map(({ type, data }, i) => `${type} ${JSON.stringify(data).slice(0, 60)}: ${ends[i]}`);
}
