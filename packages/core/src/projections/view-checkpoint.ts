/**
 * I7: views that stand in another store than their log keep their checkpoint among their rows. So the two are lost, dropped and
 * restored together, and two stores of views on one log have a checkpoint each.
 */

import { fieldsOf } from '../base/canonical-json';
import { checkPlace, holds, wentBack, type SeenRow } from '../store/place';
import type { Checkpoint, CheckpointAt, Store, Views } from '../store/port';
import { unreadable } from './row';

/** Longer than the key of a row can be; a deleted row, so that no reader is shown it. */
const KEY = '~checkpoint'.padEnd(505, '~');

/** The views that an app was given, or else those of its store. */
export function viewsFor(store: Store, given: Views | undefined): Views | undefined {
  if (given === undefined || given === store.views || given.apart) return given ?? store.views;
  return {
    apart: true,
    load: (view, keys) => given.load(view, keys),
    all: (view, page) => given.all(view, page),
    write: (view, writes) => given.write(view, writes),
    drop: (view) => given.drop(view),
  };
}

/** The checkpoint of a view, wherever it stands. */
export function checkpointOfView(views: Views, view: string, log: Store): Checkpoint {
  return views.apart ? new ViewCheckpoint(views, view, log) : log.checkpoint(view);
}

interface Kept extends CheckpointAt {
  /** The epoch of the checkpoint of that name in the log, which operators rewind for every store of views at once. */
  readonly log?: number;
  /** The newest row of the log at or below it that was read. */
  readonly seen?: SeenRow | undefined;
}

interface Stored {
  readonly at: Kept;
  /** Its position as a row of the view: the number of saves. */
  readonly revision: number;
}

export class ViewCheckpoint implements Checkpoint {
  private seen: SeenRow[] = [];

  constructor(
    private readonly views: Views,
    private readonly view: string,
    private readonly log: Store,
  ) {}

  /** A row that was read, in the order of the log. */
  saw({ stream, version, position, id }: SeenRow): void {
    this.seen.push({ stream, version, position, id });
  }

  async load(): Promise<CheckpointAt> {
    const { at } = await this.stored();
    await this.check(at);
    const { epoch: log, position } = await this.log.checkpoint(this.view).load();
    const rewound = (now: Kept): Kept =>
      log > (now.log ?? 0) ? { ...now, position: Math.min(position, now.position), epoch: now.epoch + 1, log } : now;
    const { store, ...from } = rewound(at) === at ? at : await this.change(rewound);
    return { store, position: from.position, epoch: from.epoch };
  }

  async save({ store, position, epoch }: CheckpointAt): Promise<void> {
    const passed = this.seen.filter((row) => row.position <= position);
    const seen = passed.at(-1);
    await this.check({ store, position, epoch, seen });
    // The last one stays, for a later position that no row of these types stands at.
    if (passed.length > 1) this.seen.splice(0, passed.length - 1);
    await this.change((now) => (epoch === now.epoch && position > now.position ? { ...now, position, seen: seen ?? now.seen } : now));
  }

  async rewind(position: number): Promise<CheckpointAt> {
    const store = this.log.id;
    await this.check({ store, position, epoch: 0 });
    return this.change(({ epoch, log }) => ({ store, position, epoch: epoch + 1, ...(log !== undefined && { log }) }));
  }

  /** Whether it was ever saved, or stands at the start of a view that has no rows yet. */
  async isKept(): Promise<boolean> {
    const { revision } = await this.stored();
    return revision > 0 || (await this.views.all(this.view, { limit: 1 })).length === 0;
  }

  private async change(next: (now: Kept) => Kept): Promise<CheckpointAt> {
    for (;;) {
      const { at, revision } = await this.stored();
      const to = next(at);
      if (to === at) return at;
      const write = { key: KEY, row: undefined, blocked: JSON.stringify(to), position: revision + 1, expected: revision };
      if ((await this.views.write(this.view, [write]))[0]) return to;
    }
  }

  private async stored(): Promise<Stored> {
    const [row] = await this.views.load(this.view, [KEY]);
    if (!row) return { at: { store: this.log.id, position: 0, epoch: 0 }, revision: 0 };
    const at = fieldsOf(row.blocked ?? '') as Kept | undefined;
    if (typeof at?.store === 'string' && Number.isSafeInteger(at.position) && Number.isSafeInteger(at.epoch))
      return { at, revision: row.position };
    throw unreadable(`the checkpoint of the view "${this.view}"`);
  }

  /** @throws WaybillError `CHECKPOINT_OTHER_STORE`, `CHECKPOINT_AHEAD` */
  private async check({ store, position, seen }: Kept): Promise<void> {
    const anew = `drop the rows with views.drop(${JSON.stringify(this.view)}), and they are folded anew`;
    checkPlace(this.view, { store, position }, this.log.id, await this.log.head(), anew);
    if (!(await holds(this.log, seen))) throw wentBack(`the view "${this.view}"`, seen as SeenRow, anew);
  }
}
