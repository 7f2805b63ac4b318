import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { WorkerFailed } from './demo/child';
import { conclude } from './demo/conclude';
import type { Ended } from './demo/conclude';
import { crash } from './demo/crash';
import { exitCodeOf } from './demo/exit';
import { textOf } from './demo/text';
import { optionsOf, USAGE, UsageError } from './demo/options';
import type { Options } from './demo/options';
import { isFile, mustBeReadable, mustBeWritable, mustDiffer, startAnew, temporaryFolder, withSides } from './demo/places';
import { inputOf, run } from './demo/run';
import { Screen } from './demo/screen';
import { isServer, openStore } from './demo/store';
import { outcomesOf } from './demo/tally';
import { explanationOf } from './demo/tools';
import { twoProcesses } from './demo/two-processes';

/** @returns the exit code */
async function main(args: readonly string[]): Promise<number> {
  const options = optionsOf(args);
  if (options.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  const { feed, shipments, store: kept, fresh } = options;
  if (options.explain !== undefined && kept !== undefined) return told(kept, options.explain);
  if (feed !== '-') mustBeReadable(feed);
  if (shipments !== undefined) mustBeWritable(shipments);
  mustDiffer(
    [feed, ...(kept === undefined || isServer(kept) ? [] : withSides(kept)), shipments].filter(
      (file) => file !== undefined && file !== '-',
    ) as string[],
  );
  if (fresh && kept !== undefined) await startAnew(kept);
  const store = kept ?? join(temporaryFolder(), 'orders.db');

  const screen = new Screen();
  const { signal, code } = interruptible();
  let ended: Ended;
  try {
    ended = await work(options, store, screen, signal);
  } catch (error) {
    if (!signal.aborted) throw error;
    ended = { fed: { appended: 0, recognised: 0, refused: 0 } };
  }
  if (signal.aborted) {
    screen.line(`Interrupted.${kept === undefined ? '' : ' What was taken in stays; the same command goes on from there.'}`);
    return code();
  }
  return (await conclude(ended, { ...options, store, hint: hintOf(options) }, screen)) ? 0 : 1;
}

async function told(place: string, id: string): Promise<number> {
  if (!isServer(place) && !isFile(place)) throw new UsageError(`--explain needs a log, and there is none at ${place}`);
  const store = await openStore(place);
  try {
    const { found, text } = await explanationOf(store, id);
    process.stdout.write(text);
    return found ? 0 : 1;
  } finally {
    await store.close();
  }
}

async function work(options: Options, store: string, screen: Screen, signal: AbortSignal): Promise<Ended> {
  const { crash: kills, seed, twoProcesses: two, log } = options;
  if (kills === undefined && !two) {
    const ran = await run(
      {
        ...{ role: 'all', store, feed: options.feed, log, inDays: options.inDays, every: screen.every },
        onRefused: (line, reason) => screen.refused(line, reason),
        onLook({ fed, tally, lag }) {
          const total = tally.total();
          screen.glimpse({ fed, lag, received: total.received, outcomes: outcomesOf(total) });
        },
      },
      signal,
    );
    return { fed: ran.fed, ran };
  }
  const feed = options.feed !== '-' && isFile(options.feed) ? options.feed : await spooled(options.feed, signal);
  const fed =
    kills === undefined ? twoProcesses(store, feed, log, screen, signal) : crash({ store, feed, log, kills, seed }, screen, signal);
  return { fed: await fed };
}

/** What is no file, as stdin and pipes, can be read only once, but the workers read the feed each time that they start. */
async function spooled(feed: string, signal: AbortSignal): Promise<string> {
  const file = join(temporaryFolder(), 'feed.jsonl');
  await pipeline(inputOf(feed), createWriteStream(file, { mode: 0o600 }), { signal });
  return file;
}

function hintOf({ store }: Options): string {
  if (store !== undefined && isServer(store)) return 'The same command again appends nothing.';
  if (store === undefined)
    return 'The log was in a temporary file. --store FILE keeps it: run that twice, and the second run appends nothing.';
  return 'The same command again appends nothing. --fresh starts anew.';
}

/** The first signal ends the work in good order, the second at once. */
function interruptible(): { signal: AbortSignal; code: () => number } {
  const stopping = new AbortController();
  let code = 0;
  for (const [name, number] of [
    ['SIGINT', 2],
    ['SIGTERM', 15],
  ] as const) {
    process.on(name, () => {
      if (stopping.signal.aborted) process.exit(128 + number);
      code = 128 + number;
      stopping.abort();
    });
  }
  return { signal: stopping.signal, code: () => code };
}

// Nobody reads on: there is no one to tell the verdict.
process.stdout.on('error', () => process.exit(1));
main(process.argv.slice(2)).then(
  (code) => (process.exitCode = code),
  (error: unknown) => {
    const usage = error instanceof UsageError;
    const told = error instanceof WorkerFailed && error.exit.code !== null;
    if (!told) process.stderr.write(`${textOf(error)}\n${usage ? `\n${USAGE}` : ''}`);
    process.exit(usage ? 2 : exitCodeOf(error));
  },
);
