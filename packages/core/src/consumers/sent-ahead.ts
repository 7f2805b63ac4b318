import { fieldsOf } from '../base/canonical-json';
import { isTransient } from '../base/errors';
import type { ConsumerContext } from '../flow/context';
import { damaged } from '../store/damage';

/** The most that are kept over a stop. */
const MOST = 20_000;
const PRUNE_AT = 8_192;

interface Kept {
  readonly epoch: number;
  readonly low: number;
  readonly sent: readonly (readonly [position: number, id: string])[];
}

/**
 * Messages that have ended while an earlier one has not, so that no checkpoint covers them. An orderly stop keeps them, and the next
 * run does not call for them again; after a crash it does.
 */
export class SentAhead {
  private readonly sent = new Map<number, string>();
  private version = 0;
  private epoch = 0;

  constructor(
    private readonly consumer: string,
    private readonly context: Pick<ConsumerContext, 'store' | 'runtime'>,
    private readonly low: () => number,
  ) {}

  /** @throws WaybillError `LOG_DAMAGED` */
  async load(): Promise<void> {
    const { store } = this.context;
    const { epoch, position } = await store.checkpoint(this.consumer).load();
    this.epoch = epoch;
    const last = await store.snapshot(this.name).load();
    if (!last) return;
    this.version = last.version;
    const kept = fieldsOf(last.data, ['epoch', 'low']) as Kept | undefined;
    if (!Array.isArray(kept?.sent)) throw damaged(`the snapshot of "${this.name}"`);
    // After a rewind all are wanted again.
    if (kept.epoch === epoch && kept.low <= position) for (const [at, id] of kept.sent) this.sent.set(at, id);
  }

  add(position: number, id: string): void {
    if (this.sent.size >= PRUNE_AT) this.prune();
    this.sent.set(position, this.short(id));
  }

  /** The id is compared, since another log may have another row at this position. */
  has(position: number, id: string): boolean {
    return this.sent.size > 0 && this.sent.get(position) === this.short(id);
  }

  async save(): Promise<void> {
    this.prune();
    if (this.sent.size === 0) return;
    const sent = [...this.sent].sort(([a], [b]) => a - b).slice(0, MOST);
    const data: Kept = { epoch: this.epoch, low: this.low(), sent };
    try {
      await this.context.store.snapshot(this.name).save({ version: this.version + 1, data: JSON.stringify(data) });
    } catch (error) {
      // As after a crash: they are called for again.
      if (!isTransient(error)) throw error;
    }
  }

  private get name(): string {
    return `${this.consumer}:sent`;
  }

  private prune(): void {
    const low = this.low();
    for (const position of this.sent.keys()) if (position <= low) this.sent.delete(position);
  }

  private short(id: string): string {
    return this.context.runtime.hash(id).slice(0, 10);
  }
}
