import { difference } from '../base/canonical-json';
import { isPassing } from '../base/errors';
import { backoff, sleep } from '../base/runtime';
import type { Runtime } from '../base/runtime';
import { PARKED, metaOf } from '../history/rows';
import type { Recorded, Store } from '../store/port';
import type { Delivery } from './delivery';
import type { Ending } from './outcome';
import type { Step } from './step';

/** Endings that need the log: what the first copy said, or whether an append of ours was stored after all. */
export class Endings {
  private stopping = false;

  constructor(
    private readonly store: Store,
    private readonly runtime: Runtime,
    private readonly fatal: (error: unknown) => void,
  ) {}

  stop(): void {
    this.stopping = true;
  }

  /** Its rows are durable: a look that fails is taken again and decides nothing anew. */
  async end(delivery: Delivery, taken: Step, version: number): Promise<void> {
    for (let failures = 0; ; failures++) {
      try {
        return delivery.receiver.done(delivery, await this.look(delivery, taken), version);
      } catch (error) {
        if (!isPassing(error) || this.stopping) {
          delivery.receiver.failed(delivery, error);
          return isPassing(error) ? undefined : this.fatal(error);
        }
        await sleep(this.runtime, backoff(this.runtime, failures));
      }
    }
  }

  private async look(delivery: Delivery, { ending, first }: Step): Promise<Ending> {
    const { stream, unsure } = delivery;
    if (ending.kind === 'duplicate' && unsure.length > 0) return (await storedEnding(this.store, stream, unsure)) ?? ending;
    if (ending.kind !== 'conflict' || !first) return ending;
    const [row] = await this.store.read(stream, first.version, 1);
    return row ? { ...ending, diff: difference(row.data, delivery.content()) } : ending;
  }
}

/** Whether the log has to be looked at before the delivery can end. */
export function needsLook(delivery: Delivery, { first, ending }: Step): boolean {
  return delivery.unsure.length > 0 || (first !== undefined && ending.kind === 'conflict');
}

/** How the message ended whose first row, in one attempt or another, had one of these ids; undefined when none was stored. */
export async function storedEnding(store: Store, stream: string, ids: readonly string[]): Promise<Ending | undefined> {
  for (let from = 0; ;) {
    const rows = await store.read(stream, from);
    const own = rows.find(({ id }) => ids.includes(id));
    if (own) return endingOf(own);
    const last = rows.at(-1);
    if (!last) return undefined;
    from = last.version + 1;
  }
}

function endingOf(row: Recorded): Ending {
  const { park, reason, refused, discarded = refused } = metaOf(row);
  if (row.type.startsWith(PARKED)) return { kind: park === 'conflict' ? 'conflict' : 'parked', reason };
  return discarded === undefined ? { kind: 'applied' } : { kind: 'discarded', reason: discarded };
}
