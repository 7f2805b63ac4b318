import { fieldsOf } from '../base/canonical-json';
import { isTransient } from '../base/errors';
import { causeKey } from '../history/cause';
import { damaged } from '../store/damage';
import type { Store } from '../store/port';
import type { Delivery, Failure } from './delivery';

/** Runs that may die at the same place before messages are taken one at a time. */
const STUCK_RUNS = 2;
/** Deaths while one marked message was being processed, after which it is parked. */
const DEATHS = 3;

interface Trying {
  readonly key: string;
  readonly deaths: number;
}
interface Mark {
  /** A method was about to run, and nothing was finished since: the run died, or still goes on. */
  readonly open: boolean;
  /** Everything below was finished when the run began. */
  readonly low: number;
  /** Runs in a row that died at work, with nothing finished. */
  readonly stuck: number;
  /** The message whose method was running. */
  readonly trying?: Trying | undefined;
}

/**
 * Finds the message that kills its process. When run after run of a consumer dies at work without finishing anything, messages are
 * taken one at a time, each durably marked before its method runs: one that is found marked after several deaths is parked.
 * A lost mark, as between two workers of one consumer, costs another death, never a message (I13).
 */
export class CrashLoopGuard {
  private version = 0;
  private mark: Mark = { open: false, low: 0, stuck: 0 };
  private suspect: Trying | undefined;
  private left = 0;
  /** The save that says that a method is about to run. */
  private opening: Promise<void> | undefined;
  private opened = false;
  private closing: Promise<void> | undefined;

  constructor(
    private readonly consumer: string,
    private readonly store: Store,
    /** Messages that may have been in flight at once: that many are marked. */
    private readonly window: number,
  ) {}

  get oneAtATime(): boolean {
    return this.left > 0;
  }

  /** Whether `before` must be called. */
  get wants(): boolean {
    return this.left > 0 || !this.opened;
  }

  /** Call before the first message; `low` is where the run begins. @throws WaybillError `LOG_DAMAGED` */
  async begin(low: number): Promise<void> {
    const last = await this.store.snapshot(this.stream).load();
    this.version = last?.version ?? 0;
    const before = last ? this.read(last.data) : this.mark;
    const stuck = before.open && before.low === low ? before.stuck + 1 : 0;
    this.suspect = stuck > 0 ? before.trying : undefined;
    this.left = stuck >= STUCK_RUNS ? this.window : 0;
    this.mark = { open: before.open, low, stuck, trying: this.suspect };
  }

  /** Call before the method runs on this message. Returns why it must not run, if it has killed the process too often. */
  async before({ stream, cause }: Delivery): Promise<Failure | undefined> {
    if (!this.oneAtATime) return void (await (this.opening ??= this.open()));
    const key = `${stream} ${causeKey(cause)}`;
    const known = this.suspect?.key === key ? this.suspect.deaths : 0;
    if (known >= DEATHS) {
      this.suspect = undefined;
      return { reason: `the process died ${known} times while this message was taken in`, attempts: 0 };
    }
    await this.save({ ...this.mark, open: true, trying: { key, deaths: known + 1 } });
    this.left--;
    return undefined;
  }

  /** A message was finished for good, so this run is not one that finishes nothing. */
  finished(): void {
    if (this.oneAtATime || !this.mark.open) return;
    this.closing = this.save({ open: false, low: this.mark.low, stuck: 0 }).catch(() => undefined);
  }

  /** The run ends in good order. If that cannot be saved, the run counts as one that died. */
  async end(): Promise<void> {
    await this.closing;
    if (this.mark.open) await this.save({ open: false, low: this.mark.low, stuck: 0 }).catch(() => undefined);
  }

  private async open(): Promise<void> {
    await this.save({ ...this.mark, open: true });
    this.opened = true;
  }

  private read(data: string): Mark {
    const mark = fieldsOf(data, ['low', 'stuck']);
    if (mark) return mark as Mark;
    throw damaged(`the mark in the snapshot of "${this.stream}"`);
  }

  private get stream(): string {
    return `${this.consumer}:run`;
  }

  private async save(mark: Mark): Promise<void> {
    this.mark = mark;
    try {
      await this.store.snapshot(this.stream).save({ version: ++this.version, data: JSON.stringify(mark) });
    } catch (error) {
      // Without its mark a death is not counted; a store that stays down stops the flow itself.
      if (!isTransient(error)) throw error;
    }
  }
}
