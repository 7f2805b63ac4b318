import type { Write, Written } from '@waybill/core';
import { show, WaybillError } from '@waybill/core';
import type { Committed, Other, OtherResult } from './batch';
import { pack, writtenFrom } from './batch';
import type { CommitFailure } from '../file/failure';
import { outOfService, raise, unknownOutcome } from '../file/errors';
import type { Lane } from './lane';
import { checkCall } from './limits';

/** Events and characters of one transaction at the most, a larger call excepted: above this a commit costs by the event, not by the sync. */
const GROUP = { events: 256, size: 4_194_304 };

interface Load {
  readonly events: number;
  readonly size: number;
}

interface Waiting<Asked, Told> {
  readonly asked: Asked;
  readonly resolve: (told: Told) => void;
  readonly reject: (error: WaybillError) => void;
}

interface Append extends Waiting<readonly Write[], readonly Written[]>, Load {}
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
    /** For people: whose queue it is. */
    private readonly file: string,
  ) {}

  append(asked: readonly Write[]): Promise<readonly Written[]> {
    const load = loadOf(asked);
    checkCall(load.size);
    return new Promise((resolve, reject) => {
      this.events += load.events;
      this.appends.push({ asked, ...load, resolve, reject });
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
    if (!this.closing) return;
    const what = `the store of ${show(this.file)} is closed`;
    throw new WaybillError('STORE_CLOSED', what, 'open a new one, and close it after its last user');
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
    while (this.appends.length + this.beside.length > 0 && (this.flying === 0 || (this.flying === 1 && this.events >= GROUP.events))) {
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
    let events = 0;
    for (let size = 0; count < this.appends.length && events < GROUP.events && size < GROUP.size; count++) {
      const next = this.appends[count]!;
      events += next.events;
      size += next.size;
    }
    this.events -= events;
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

function loadOf(writes: readonly Write[]): Load {
  let count = 0;
  let size = 0;
  for (const { events } of writes) {
    count += events.length;
    for (const { data, meta } of events) size += data.length + meta.length;
  }
  return { events: count, size };
}

function asked<T>(call: { readonly asked: T }): T {
  return call.asked;
}
