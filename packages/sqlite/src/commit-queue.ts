import type { Write, Written } from '@waybill/core';
import { WaybillError } from '@waybill/core';
import type { Committed, Other, OtherResult } from './batch';
import { pack, writtenFrom } from './batch';
import type { CommitFailure } from './failure';
import { outOfService, raise, unknownOutcome } from './errors';
import type { Lane } from './lane';

/** Events of one transaction at the most, a larger call excepted: above this a commit costs by the event, not by the sync. */
const GROUP = 256;

interface Waiting<Asked, Told> {
  readonly asked: Asked;
  readonly resolve: (told: Told) => void;
  readonly reject: (error: WaybillError) => void;
}

type Append = Waiting<readonly Write[], readonly Written[]>;
type Beside = Waiting<Other, OtherResult>;

/**
 * Adaptive group commit: a call that finds the lane idle is committed at once, those that come meanwhile wait and go
 * together. Stops for good at the first failure that leaves the file in doubt.
 */
export class CommitQueue {
  private appends: Append[] = [];
  private beside: Beside[] = [];
  private events = 0;
  private flying = 0;
  private asked = false;
  private failed: CommitFailure | undefined;
  private closing: Promise<void> | undefined;
  private idle: (() => void) | undefined;

  constructor(
    private readonly lane: Lane,
    private readonly committed: () => void,
  ) {}

  append(asked: readonly Write[]): Promise<readonly Written[]> {
    return new Promise((resolve, reject) => {
      for (const { events } of asked) this.events += events.length;
      this.appends.push({ asked, resolve, reject });
      this.ask();
    });
  }

  write(asked: Other): Promise<OtherResult> {
    return new Promise((resolve, reject) => {
      this.beside.push({ asked, resolve, reject });
      this.ask();
    });
  }

  /** @throws WaybillError `STORE_CLOSED`, `STORE_FAILED` */
  mustServe(): void {
    if (this.failed) throw outOfService(this.failed);
    if (this.closing) throw new WaybillError('STORE_CLOSED', 'the store is closed', 'open a new one, and close it after its last user');
  }

  close(): Promise<void> {
    return (this.closing ??= this.drained().then(() => this.lane.close()));
  }

  private async drained(): Promise<void> {
    if (this.flying + this.appends.length + this.beside.length > 0) await new Promise<void>((resolve) => (this.idle = resolve));
  }

  /** Not before all that is ready to run has run, for it may ask too; this costs no wait. */
  private ask(): void {
    if (this.asked) return;
    this.asked = true;
    process.nextTick(() => {
      this.asked = false;
      this.send();
    });
  }

  /** One batch is under way; a second goes behind it only when full, since a smaller one gains by waiting. */
  private send(): void {
    while (this.appends.length + this.beside.length > 0 && (this.flying === 0 || (this.flying === 1 && this.events >= GROUP))) {
      const appends = this.take();
      const beside = this.beside.splice(0);
      this.flying++;
      void this.lane.commit(pack(appends.map(asked), beside.map(asked))).then((result) => {
        this.flying--;
        if ('failure' in result) this.refuse([...appends, ...beside], result.failure);
        else this.tell(appends, beside, result);
        this.send();
        if (this.flying === 0) this.idle?.();
      });
    }
  }

  private take(): Append[] {
    let count = 0;
    let size = 0;
    while (count < this.appends.length && size < GROUP) {
      for (const { events } of this.appends[count++]!.asked) size += events.length;
    }
    this.events -= size;
    return this.appends.splice(0, count);
  }

  private tell(appends: readonly Append[], beside: readonly Beside[], { written, others }: Committed): void {
    let at = 0;
    for (const { asked, resolve } of appends) resolve(asked.map(() => writtenFrom(written[at++]!, written[at++]!)));
    beside.forEach(({ resolve }, i) => resolve(others[i]!));
    if (appends.length > 0) this.committed();
  }

  private refuse(calls: readonly (Append | Beside)[], failure: CommitFailure): void {
    const error = failure.stored === 'unknown' ? unknownOutcome(failure) : raise(failure);
    for (const { reject } of calls) reject(error);
    if (!failure.lasting) return;
    this.failed ??= failure;
    for (const { reject } of [...this.appends.splice(0), ...this.beside.splice(0)]) reject(outOfService(this.failed));
    this.events = 0;
    this.committed();
  }
}

function asked<T>(call: { readonly asked: T }): T {
  return call.asked;
}
