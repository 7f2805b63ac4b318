import type { Write, Written } from '@waybill/core';
import { show, WaybillError } from '@waybill/core';
import type { CommitFailure } from '../file/failure';
import { outOfService, errorOf, unknownOutcome } from '../file/errors';
import type { Committed, SideWrite, SideResult } from './batch';
import { pack, writtenFrom } from './batch';
import type { CommitThread } from './commit-thread';
import { checkCall } from './limits';

/**
 * The most events and characters in one transaction, unless a single call is larger: beyond this, a commit costs by the event and
 * no longer by the sync.
 */
const GROUP = { events: 256, size: 4_194_304 };

interface Load {
  readonly events: number;
  readonly size: number;
}

interface Waiting<Request, Answer> {
  readonly request: Request;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: WaybillError) => void;
}

interface Append extends Waiting<readonly Write[], readonly Written[]>, Load {}
type SideCall = Waiting<SideWrite, SideResult>;

/**
 * Adaptive group commit: a call that finds the commit thread idle is committed at once; those that arrive meanwhile wait and
 * are committed together. Stops for good at the first failure that leaves the state of the file in doubt.
 */
export class CommitQueue {
  private appends: Append[] = [];
  private sideWrites: SideCall[] = [];
  private events = 0;
  private inFlight = 0;
  private scheduled = false;
  private failed: CommitFailure | undefined;
  private closing: Promise<void> | undefined;
  private idle: (() => void) | undefined;

  constructor(
    private readonly thread: CommitThread,
    private readonly committed: () => void,
    /** For error messages. */
    private readonly file: string,
  ) {}

  append(request: readonly Write[]): Promise<readonly Written[]> {
    const load = loadOf(request);
    checkCall(load.size);
    return new Promise((resolve, reject) => {
      this.events += load.events;
      this.appends.push({ request, ...load, resolve, reject });
      this.schedule();
    });
  }

  write(request: SideWrite): Promise<SideResult> {
    return new Promise((resolve, reject) => {
      this.sideWrites.push({ request, resolve, reject });
      this.schedule();
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
    return (this.closing ??= this.drained().then(() => this.thread.close()));
  }

  private async drained(): Promise<void> {
    if (this.inFlight + this.appends.length + this.sideWrites.length > 0) await new Promise<void>((resolve) => (this.idle = resolve));
  }

  /** After everything that is ready to run, since that may add calls too; this costs no waiting. */
  private schedule(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    process.nextTick(() => {
      this.scheduled = false;
      this.send();
    });
  }

  /** While one batch is in flight, a second one follows only when it is full: a smaller one gains by waiting. */
  private send(): void {
    while (
      this.appends.length + this.sideWrites.length > 0 &&
      (this.inFlight === 0 || (this.inFlight === 1 && this.events >= GROUP.events))
    ) {
      const appends = this.take();
      const sideWrites = this.sideWrites.splice(0);
      this.inFlight++;
      void this.thread.commit(pack(appends.map(requestOf), sideWrites.map(requestOf))).then((result) => {
        this.inFlight--;
        if ('failure' in result) this.refuse([...appends, ...sideWrites], result.failure);
        else this.answer(appends, sideWrites, result);
        this.send();
        if (this.inFlight === 0) this.idle?.();
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

  private answer(appends: readonly Append[], sideWrites: readonly SideCall[], { written, sideResults }: Committed): void {
    let at = 0;
    for (const { request, resolve } of appends) resolve(request.map(() => writtenFrom(written[at++]!, written[at++]!)));
    sideWrites.forEach(({ resolve }, i) => resolve(sideResults[i]!));
    if (appends.length > 0) this.committed();
  }

  private refuse(calls: readonly (Append | SideCall)[], failure: CommitFailure): void {
    const error = failure.stored === 'unknown' ? unknownOutcome(failure) : errorOf(failure);
    for (const { reject } of calls) reject(error);
    if (!failure.lasting) return;
    this.failed ??= failure;
    for (const { reject } of [...this.appends.splice(0), ...this.sideWrites.splice(0)]) reject(outOfService(this.failed));
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

function requestOf<T>(call: { readonly request: T }): T {
  return call.request;
}
