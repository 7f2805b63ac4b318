import type { OnceKey } from '../actors/definition';
import { ERASED_DIGEST, type Digest, type FirstCopy } from './digest';
import type { PackedKeys } from './packed-keys';
import type { ParkKind } from './rows';

export interface OpenPark {
  readonly type: string;
  readonly digest: Digest;
  readonly once: OnceKey | undefined;
  readonly park: ParkKind;
}

/** Highest position per source and type that was taken in or parked. */
export interface Mark {
  readonly source: string;
  readonly type: string;
  position: number;
}
/** FirstCopy copies of one type: of the whole actor (`once: true`), and by business key. */
export interface FirstCopies {
  readonly type: string;
  single: FirstCopy | undefined;
  byKey: Map<OnceKey, FirstCopy> | undefined;
  /** Those that a snapshot holds; `byKey` has the others. */
  packed: PackedKeys | undefined;
}

/**
 * What an actor remembers of its inputs, and all of it: one number per source and event type, one digest per business
 * key, one per command, one entry per open park, skipped message and pending deadline. Nothing is forgotten by age or count. There are
 * few types and many actors: so short lists for the types, and maps only where there is something to keep.
 */
export class Dedup {
  readonly marks: Mark[] = [];
  readonly firsts: FirstCopies[] = [];
  commands: Map<string, FirstCopy> | undefined;
  /** By version of the park row, in order: what an equal copy of it would be, if that can be told. */
  parks: Map<number, string | undefined> | undefined;
  private copies: Map<string, number> | undefined;
  /** Versions of the open parks that block the actor, in order. */
  line: Set<number> | undefined;
  /** By type and key: version of the row that set the deadline. */
  pending: Map<string, number> | undefined;
  /** Causes that were parked outside of this stream and released into it. */
  released: Set<string> | undefined;
  /** What an equal copy of a message would be that an operator skipped: no copy of it has an effect. */
  skipped: Set<string> | undefined;

  /** Highest position of this source and type that was taken in or parked; 0 for none. */
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

  /** The open park of this row is no more, and no equal copy of it is taken in. */
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

  /** The open park or pending deadline of this row is no more. */
  settle(version: number): void {
    if (this.parks?.has(version)) return this.unpark(version);
    for (const [key, armed] of this.pending ?? []) if (armed === version) this.pending?.delete(key);
  }

  private unpark(version: number): void {
    const copy = this.parks?.get(version);
    this.parks?.delete(version);
    this.line?.delete(version);
    const left = copy === undefined ? 0 : (this.copies?.get(copy) ?? 0) - 1;
    if (left > 0) this.copies?.set(copy as string, left);
    else this.copies?.delete(copy as string);
  }

  release(cause: string): void {
    (this.released ??= new Set()).add(cause);
  }
}

/** What two equal copies of a message have in common, as one text. */
export function copyKey(type: string, once: OnceKey, { kind, text }: Digest): string {
  return JSON.stringify([type, once, kind, text]);
}
