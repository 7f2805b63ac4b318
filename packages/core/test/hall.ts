import { createHash } from 'node:crypto';
import { Actor, Aggregate, Applies, canonical, close, Command, Event, Handles, HandlesLate, Lifecycle, Saga } from '@waybill/core';
import type { Message, Runtime, StatusOf } from '@waybill/core';
import { define, Delivery } from '@waybill/core/internal';
import type { ActorDefinition, Cause, Entry, Fold, Receiver } from '@waybill/core/internal';
import { digestOf } from '../dist/history/digest';
import { applyEntries, emptyFold } from '../dist/history/fold';

/** Once by `n`, and folded. */
export class Came extends Event('Came')<{ n: number; note?: string }> {}
/** Nothing but its place in the log makes it the same one. */
export class Wrote extends Event('Wrote')<{ text: string }> {}
/** Once by `offer`, not folded, late once the hall is shut. */
export class Bid extends Event('Bid')<{ offer: number | string; by?: string }> {}
/** As a bid, but a method decides on one that is late. */
export class Asked extends Event('Asked')<{ n: number; note?: string }> {}
export class Shut extends Event('Shut')<object> {}
/** Its fold moves the status back. */
export class Reopened extends Event('Reopened')<object> {}
export class Left extends Event('Left')<object> {}
/** A deadline, late once the hall is shut. */
export class Rang extends Event('Rang')<object> {}
export class Seen extends Event('Seen')<{ text: string }> {}
/** No actor here takes it. */
export class Foreign extends Event('Foreign')<{ n: number }> {}

/** Texts on whose message the method throws, and what it throws. */
export const throwing = new Map<string, Error>();
/** Texts of the messages whose method has run, in order. */
export const decided: string[] = [];

const lifecycle = Lifecycle('open', 'shut');
export interface HallState {
  readonly status: StatusOf<typeof lifecycle>;
  readonly came: readonly number[];
}
type In = Came | Wrote | Bid | Asked | Shut | Reopened | Left | Rang;

@Saga('hall', { lifecycle })
class Hall extends Actor<HallState, In, Seen> {
  initial(): HallState {
    return { status: 'open', came: [] };
  }
  key() {
    return 'a';
  }
  @Handles(Came, { once: 'n' }) onCame() {
    return [];
  }
  @Handles(Wrote) onWrote({ text }: Wrote) {
    decided.push(text);
    const error = throwing.get(text);
    if (error) throw error;
    return new Seen({ text });
  }
  @Handles(Bid, { once: 'offer', before: 'shut' }) onBid() {
    return [];
  }
  @Handles(Asked, { once: 'n', before: 'shut' }) onAsked() {
    return [];
  }
  @HandlesLate(Asked) onAskedLate() {
    return [];
  }
  @Handles(Shut, { once: true }) onShut() {
    return [];
  }
  @Handles(Reopened) onReopened() {
    return [];
  }
  @Handles(Left) onLeft() {
    return close();
  }
  @Handles(Rang, { deadline: true, before: 'shut' }) onRang() {
    return [];
  }
  @Applies(Came) came({ n }: Came, s: HallState): HallState {
    return { ...s, came: [...s.came, n] };
  }
  @Applies(Shut) shut(_: Shut, s: HallState): HallState {
    return { ...s, status: 'shut' };
  }
  @Applies(Reopened) reopened(_: Reopened, s: HallState): HallState {
    return { ...s, status: 'open' };
  }
}
export const hall = define(Hall, new Hall()) as ActorDefinition;

export class Tell extends Command('Tell')<{ what: string }> {}
export class Ask extends Command('Ask')<{ what: string }> {}

@Aggregate('board')
class Board extends Actor<object, Tell | Ask> {
  initial() {
    return {};
  }
  key() {
    return 'a';
  }
  @Handles(Tell) onTell({ what }: Tell) {
    decided.push(what);
    const error = throwing.get(what);
    if (error) throw error;
    return [];
  }
  @Handles(Ask) onAsk() {
    return [];
  }
}
export const board = define(Board, new Board()) as ActorDefinition;

/** Timers ring when the test says so; ids count up. */
export class FakeRuntime implements Runtime {
  readonly timers: { readonly ms: number; readonly task: () => void }[] = [];
  private ids = 0;

  now(): number {
    return 1_000;
  }
  after(ms: number, task: () => void): () => void {
    const timer = { ms, task };
    this.timers.push(timer);
    return () => {
      const at = this.timers.indexOf(timer);
      if (at >= 0) this.timers.splice(at, 1);
    };
  }
  ring(): void {
    for (const { task } of this.timers.splice(0)) task();
  }
  defer(task: () => void): void {
    queueMicrotask(task);
  }
  random(): number {
    return 0.5;
  }
  uuid(): string {
    return `id-${++this.ids}`;
  }
  hash(text: string): string {
    return createHash('sha256').update(text).digest('base64url');
  }
}
export const runtime = new FakeRuntime();

export const STREAM = 'hall-a';
export const causeAt = (position: number, source = 'log'): Cause => ({ id: `c-${position}`, source, position });
const nobody: Receiver = { done: () => undefined, failed: () => undefined };

interface Place {
  readonly source?: string;
  readonly stream?: string;
  readonly erased?: boolean;
  readonly writtenAs?: string;
}
const whatOf = (message: Message, position: number, { source, stream = STREAM, erased }: Place) => ({
  ...{ type: message.type, stream, cause: causeAt(position, source), time: position, message, invalid: undefined },
  ...{ raw: canonical(message), erased, receiver: nobody },
});

export function fromLog(message: Message, position: number, place: Place = {}): Delivery {
  return Delivery.fromLog(whatOf(message, position, place), undefined, place.writtenAs);
}

/** A row of the log that is no valid message of its type. */
export function invalidFromLog(type: string, position: number): Delivery {
  return Delivery.fromLog({ ...whatOf(new Came({ n: 0 }), position, {}), type, message: undefined, invalid: 'not a Came' });
}

export function command(id: string, message: Message): Delivery {
  return Delivery.command(id, message, 'board-a', 0, nobody);
}

export function deadline(version: number, key: string, position = 1): Delivery {
  return Delivery.deadline(whatOf(new Rang(), position, {}), version, key);
}

/** An operator runs a message again that is parked in row `of` of its actor's stream, or in the park stream `from`. */
export function retry(message: Message, position: number, of: number | undefined, from?: string): Delivery {
  return Delivery.release(whatOf(message, position, {}), { action: 'retry', of, from, by: 'ada', why: 'a test' });
}

type Of<K extends Entry['kind']> = Extract<Entry, { kind: K }>;
const rowOf = (message: Message, cause: Cause) => {
  const content = canonical(message);
  return { type: message.type, cause, content, version: 1, digest: digestOf(message.type, content, cause, runtime) };
};
const onceOf = (message: Message) => hall.inputs.get(message.type)?.once?.(message);

export function took(message: Message, position: number, also: Partial<Of<'took'>> = {}): Of<'took'> {
  return { kind: 'took', ...rowOf(message, causeAt(position)), message, once: onceOf(message), ...also };
}

export function parked(message: Message, position: number, also: Partial<Of<'parked'>> = {}): Of<'parked'> {
  const why = { park: 'failed', reason: 'it threw', attempts: 1, at: position } as const;
  return { kind: 'parked', ...rowOf(message, causeAt(position)), once: onceOf(message), ...why, ...also };
}

export function armed(position: number, key = '', due = 5_000): Of<'armed'> {
  return { kind: 'armed', type: 'Rang', cause: causeAt(position), content: '{}', version: 1, key, due };
}

export function cancelled(position: number, key = ''): Of<'cancelled'> {
  return { kind: 'cancelled', type: 'Rang', cause: causeAt(position), content: '{}', version: 1, key };
}

export function noted(park: Of<'noted'>['park'], of: number): Of<'noted'> {
  return { kind: 'noted', type: 'Came', cause: causeAt(1), content: '{}', version: 1, of, by: 'ada', why: 'a test', park };
}

export function emitted(message: Message, position: number): Of<'emitted'> {
  return { kind: 'emitted', type: message.type, cause: causeAt(position), content: canonical(message), version: 1, message };
}

/** The fold of a stream of these rows. */
export function foldOf(...entries: readonly Entry[]): Fold {
  const fold = emptyFold(hall, STREAM);
  for (const entry of entries) applyEntries(hall, fold, [entry]);
  return fold;
}
