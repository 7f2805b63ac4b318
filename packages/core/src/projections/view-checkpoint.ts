/**
 * I7: views that stand in another store than their log keep their checkpoint among their rows. So the two are lost, dropped and
 * restored together, and two stores of views on one log have a checkpoint each.
 */

import { fieldsOf } from '../base/canonical-json';
import { checkPlace, wentBack, type SeenRow } from '../store/place';
import type { Checkpoint, CheckpointAt, Store, Views, ViewWrite } from '../store/port';
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
  /** The newest row of the log that a row of the view may reflect: a log that does not hold it is not the one that was folded. */
  readonly seen?: SeenRow;
}

interface Stored {
  readonly at: Kept;
  /** Its position as a row of the view: the number of writes. */
  readonly revision: number;
}

export class ViewCheckpoint implements Checkpoint {
  private newest: SeenRow | undefined;
  /** As it was last read or written here. It may be out of date: then a write of it is refused. */
  private known: Stored | undefined;
  private reaching: { readonly from: Stored; readonly to: Stored } | undefined;

  constructor(
    private readonly views: Views,
    private readonly view: string,
    private readonly log: Store,
  ) {}

  /** A row that was read, in the order of the log. */
  saw({ stream, version, position, id }: SeenRow): void {
    this.newest = { stream, version, position, id };
  }

  /** Says what the rows that are written may reflect, for the same write; undefined where that is said already. */
  reach(): ViewWrite | undefined {
    const { known, newest } = this;
    if (!known || !newest || newest.position <= (known.at.seen?.position ?? 0)) return undefined;
    const at = { ...known.at, seen: newest };
    this.reaching = { from: known, to: { at, revision: known.revision + 1 } };
    return writeOf(known, at);
  }

  /** That write was made, or another worker was faster: then it is made now. */
  async reached(made: boolean): Promise<void> {
    const { known, reaching } = this;
    this.known = made && reaching && known === reaching.from ? reaching.to : undefined;
    if (!made) await this.change((now) => this.seenBy(now));
  }

  async load(): Promise<CheckpointAt> {
    const { at } = (this.known = await this.stored());
    await this.check(at);
    const { epoch: log, position } = await this.log.checkpoint(this.view).load();
    const rewound = (now: Kept): Kept =>
      log > (now.log ?? 0) ? { ...now, position: Math.min(position, now.position), epoch: now.epoch + 1, log } : now;
    const { store, position: from, epoch } = await this.change(rewound);
    return { store, position: from, epoch };
  }

  async save({ store, position, epoch }: CheckpointAt): Promise<void> {
    await this.check({ store, position, epoch, ...(this.newest && { seen: this.newest }) });
    await this.change((now) => (epoch === now.epoch && position > now.position ? { ...this.seenBy(now), position } : now));
  }

  async rewind(position: number): Promise<CheckpointAt> {
    const store = this.log.id;
    await this.check({ store, position, epoch: 0 });
    return this.change((now) => ({ ...now, store, position, epoch: now.epoch + 1 }));
  }

  /** Whether it was ever saved, or stands at the start of a view that has no rows yet. */
  async isKept(): Promise<boolean> {
    const { revision } = await this.stored();
    return revision > 0 || (await this.views.all(this.view, { limit: 1 })).length === 0;
  }

  private seenBy(now: Kept): Kept {
    return this.newest && this.newest.position > (now.seen?.position ?? 0) ? { ...now, seen: this.newest } : now;
  }

  private async change(next: (now: Kept) => Kept): Promise<CheckpointAt> {
    for (;;) {
      const known = (this.known ??= await this.stored());
      const to = next(known.at);
      if (to === known.at) return to;
      this.known = undefined;
      if (!(await this.views.write(this.view, [writeOf(known, to)]))[0]) continue;
      this.known = { at: to, revision: known.revision + 1 };
      return to;
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
    checkPlace(this.view, { store, position: Math.max(position, seen?.position ?? 0) }, this.log.id, await this.log.head(), anew);
    if (seen && this.log.holds && !(await this.log.holds(seen))) throw wentBack(`the view "${this.view}"`, seen, anew);
  }
}

function writeOf({ revision }: Stored, at: Kept): ViewWrite {
  return { key: KEY, row: undefined, blocked: JSON.stringify(at), position: revision + 1, expected: revision };
}
