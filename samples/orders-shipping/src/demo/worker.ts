import { FINISH, LOG, STORE } from './child';
import type { FromWorker } from './child';
import { exitCodeOf } from './exit';
import { textOf } from './text';
import { ROLES, run } from './run';
import type { Role } from './run';

function tell(message: FromWorker): void {
  // A parent that is gone is told by 'disconnect': a message that misses it is no error.
  if (process.connected) process.send?.(message, () => undefined);
}

async function main(role: Role, store: string, feed: string | undefined, log: boolean): Promise<void> {
  const stopping = new AbortController();
  const told = new Promise<void>((resolve) => process.on('message', (message) => message === FINISH && resolve()));
  // A second signal changes nothing: a terminal sends one to each process, and the parent sends its own.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stopping.abort());
  process.once('disconnect', () => stopping.abort());
  tell({ kind: 'started' });
  const { fed } = await run(
    {
      ...{ role, store, feed, log, inDays: 0, every: 20 },
      onProduced() {
        tell({ kind: 'produced' });
        return role === 'all' ? undefined : told;
      },
      onRefused: (line, reason) => tell({ kind: 'refused', line, reason }),
      onLook: ({ fed: now, tally, lag }) => tell({ kind: 'glimpse', fed: now, received: tally.total().received, lag }),
    },
    stopping.signal,
  );
  if (stopping.signal.aborted) process.exitCode = 130;
  else tell({ kind: 'settled', fed });
}

const args = process.argv.slice(2);
const { [STORE]: store = '' } = process.env;
const [role = '', feed] = args.filter((one) => one !== LOG);
if (!(role in ROLES) || store === '') throw new Error('a worker is started by crash.ts and two-processes.ts');
main(role as Role, store, feed, args.includes(LOG))
  .catch((error: unknown) => {
    process.stderr.write(`${textOf(error)}\n`);
    process.exit(exitCodeOf(error));
  })
  .finally(() => {
    if (process.connected) process.disconnect();
  });
