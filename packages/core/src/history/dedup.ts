import type { OnceKey } from '../actors/definition';
import { ERASED_DIGEST, type Digest, type FirstCopy } from './digest';
import type { PackedKeys } from './packed-keys';
import type { ParkKind } from './rows';

/** Bytes of an entry of a map, with its digest. */
const ENTRY = 256;

interface OpenPark {
  readonly type: string;
  readonly digest: Digest;
  readonly once: OnceKey | undefined;
  readonly park: ParkKind;
}

/** Highest position of this source and type that was taken in or parked. */
export interface Mark {
  readonly source: string;
  readonly type: string;
  position: number;
}
/** First copies of one type: the only one of the actor (`once: true`), and those by business key. */
export interface FirstCopies {
  readonly type: string;
  single: FirstCopy | undefined;
  byKey: Map<OnceKey, FirstCopy> | undefined;
  /** Those that a snapshot has packed; `byKey` holds the others. */
  packed: PackedKeys | undefined;
}

/**
 * I2, I10: all that an actor remembers of its inputs: one number per source and event type, one digest per business key and
 * per command, one entry per open park, skipped message and pending deadline. Nothing is forgotten by age or count; `fold`
 * decides what is remembered, the gate what follows from it. With few types and many actors, types are kept in short lists,
 * and a map exists only where it has an entry.
 */
export class Dedup {
  readonly marks: Mark[] = [];
  readonly firsts: FirstCopies[] = [];
  commands: Map<string, FirstCopy> | undefined;
  /** By version of the park row, in order: the copy key of its message; undefined where it has no `once` key. */
  parks: Map<number, string | undefined> | undefined;
  /** How many open parks have this copy key. */
  private copies: Map<string, number> | undefined;
  /** Versions of the open parks that block the actor, in order. */
  line: Set<number> | undefined;
  /** By type and key: version of the row that set the deadline. */
  pending: Map<string, number> | undefined;
  /** By version of the park row: until when a retry that has begun keeps others from beginning. */
  private claims: Map<number, number> | undefined;
  /** Causes that were parked outside of this stream and released into it. */
  released: Set<string> | undefined;
  /** Copy keys of the messages that an operator skipped: no copy of them has an effect. */
  skipped: Set<string> | undefined;

  /** Bytes in memory, about. */
  get size(): number {
    const maps = [this.commands, this.parks, this.pending, this.released, this.skipped];
    const entries = maps.reduce((sum, map) => sum + (map?.size ?? 0), this.marks.length);
    return this.firsts.reduce((sum, { byKey, packed }) => sum + ENTRY * (byKey?.size ?? 0) + (packed?.size ?? 0), ENTRY * entries);
  }

  /** The mark's position; 0 for none. */
  seen(source: string, type: string): number {
    return this.marks.find((mark) => mark.type === type && mark.source === source)?.position ?? 0;
  }

  see(source: string, type: string, position: number): void {
    const mark = this.marks.find((m) => m.type === type && m.source === source);
    if (!mark) this.marks.push({ source, type, position });
    else if (position > mark.position) mark.position = position;
  }

  first(type: string, once: OnceKey): FirstCopy | undefined {
    const kept = this.firsts.find((t) => t.type === type);
    return once === '' ? kept?.single : (kept?.byKey?.get(once) ?? kept?.packed?.get(once));
  }

  take(type: string, once: OnceKey, first: FirstCopy): void {
    let kept = this.firsts.find((t) => t.type === type);
    if (!kept) this.firsts.push((kept = { type, single: undefined, byKey: undefined, packed: undefined }));
    if (once === '') kept.single = first;
    else (kept.byKey ??= new Map()).set(once, first);
  }

  command(id: string): FirstCopy | undefined {
    return this.commands?.get(id);
  }

  answer(id: string, first: FirstCopy): void {
    (this.commands ??= new Map()).set(id, first);
  }

  park(version: number, park: OpenPark): void {
    const copy = park.once === undefined ? undefined : copyKey(park.type, park.once, park.digest);
    this.keepPark(version, copy, park.park === 'failed' || park.park === 'behind');
  }

  keepPark(version: number, copy: string | undefined, blocks: boolean): void {
    (this.parks ??= new Map()).set(version, copy);
    if (copy !== undefined) (this.copies ??= new Map()).set(copy, (this.copies.get(copy) ?? 0) + 1);
    if (blocks) (this.line ??= new Set()).add(version);
  }

  isOpen(version: number): boolean {
    return this.parks?.has(version) === true;
  }

  /** Version of the first open park that blocks the actor. */
  get blockedBy(): number | undefined {
    return this.line?.values().next().value;
  }

  /** Whether an equal copy of this message is parked, or was until an operator skipped it. */
  isSetAside(type: string, once: OnceKey, digest: () => Digest): boolean {
    if (this.skipped === undefined && !this.copies?.size) return false;
    const [copy, erased] = [copyKey(type, once, digest()), copyKey(type, once, ERASED_DIGEST)];
    return [this.copies, this.skipped].some((aside) => aside?.has(copy) || aside?.has(erased));
  }

  /** A retry of this park has begun, or, without `until`, ended. */
  claim(version: number, until: number | undefined): void {
    if (until !== undefined) (this.claims ??= new Map()).set(version, until);
    else this.claims?.delete(version);
  }

  /** Whether a retry of this park may still be under way. */
  isClaimed(version: number, now: number): boolean {
    return (this.claims?.get(version) ?? 0) > now;
  }

  /** Ends the open park of this row; no equal copy of it is taken in from now on. */
  skip(version: number): void {
    const copy = this.parks?.get(version);
    if (copy !== undefined) (this.skipped ??= new Set()).add(copy);
    this.settle(version);
  }

  arm(type: string, key: string, version: number): void {
    (this.pending ??= new Map()).set(`${type} ${key}`, version);
  }

  disarm(type: string, key: string): void {
    this.pending?.delete(`${type} ${key}`);
  }

  /** Whether the deadline that this row set is still pending. */
  isPending(type: string, key: string, version: number): boolean {
    return this.pending?.get(`${type} ${key}`) === version;
  }

  /** Whether the deadline that is parked at this version may still fire: it was not cancelled or set anew meanwhile. */
  isWaiting(version: number): boolean {
    for (const armed of this.pending?.values() ?? []) if (armed === version) return true;
    return false;
  }

  /** Ends the open park or pending deadline of this row. A deadline that is parked goes on to be pending, at the row that parks it. */
  settle(version: number, parkedAt?: number): void {
    for (const [key, armed] of this.pending ?? []) {
      if (armed !== version) continue;
      if (parkedAt === undefined) this.pending?.delete(key);
      else this.pending?.set(key, parkedAt);
    }
    const copy = this.parks?.get(version);
    if (!this.parks?.delete(version)) return;
    this.line?.delete(version);
    const left = copy === undefined ? 0 : (this.copies?.get(copy) ?? 0) - 1;
    if (left > 0) this.copies?.set(copy as string, left);
    else this.copies?.delete(copy as string);
  }

  release(cause: string): void {
    (this.released ??= new Set()).add(cause);
  }
}

/** Equal for two copies of a message, and for nothing else. */
export function copyKey(type: string, once: OnceKey, { kind, text }: Digest): string {
  return JSON.stringify([type, once, kind, text]);
}
