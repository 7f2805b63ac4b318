import type { OnceKey } from './definition';
import type { ParkKind } from './row';

/** A first copy: the digest of its content and its version in the actor's stream. */
export interface First {
  readonly hash: string;
  readonly version: number;
}

export interface OpenPark {
  readonly type: string;
  readonly hash: string;
  readonly once: OnceKey | undefined;
  readonly park: ParkKind;
}

/**
 * What an actor remembers of its inputs, and all of it: one number per source and event type, one digest per business
 * key, one per command and per open park. Nothing is forgotten by age or count. There are few types and many
 * actors: so short lists for the types, and maps only where there is something to keep.
 */
export class Dedup {
  private readonly marks: { readonly source: string; readonly type: string; position: number }[] = [];
  private readonly types: { readonly type: string; single: First | undefined; byKey: Map<OnceKey, First> | undefined }[] = [];
  private commands: Map<string, First> | undefined;
  /** Of the open parks: what an equal copy of one would be. */
  private copies: Set<string> | undefined;
  /** Version of the first open park that blocks the actor. */
  blockedBy: number | undefined;

  /** Highest position of this source and type that was taken in or parked; 0 for none. */
  seen(source: string, type: string): number {
    return this.marks.find((mark) => mark.type === type && mark.source === source)?.position ?? 0;
  }

  see(source: string, type: string, position: number): void {
    const mark = this.marks.find((m) => m.type === type && m.source === source);
    if (!mark) this.marks.push({ source, type, position });
    else if (position > mark.position) mark.position = position;
  }

  first(type: string, once: OnceKey): First | undefined {
    const kept = this.types.find((t) => t.type === type);
    return once === '' ? kept?.single : kept?.byKey?.get(once);
  }

  take(type: string, once: OnceKey, first: First): void {
    let kept = this.types.find((t) => t.type === type);
    if (!kept) this.types.push((kept = { type, single: undefined, byKey: undefined }));
    if (once === '') kept.single = first;
    else (kept.byKey ??= new Map()).set(once, first);
  }

  command(id: string): First | undefined {
    return this.commands?.get(id);
  }

  answer(id: string, first: First): void {
    (this.commands ??= new Map()).set(id, first);
  }

  park(version: number, park: OpenPark): void {
    if (park.once !== undefined) (this.copies ??= new Set()).add(copyKey(park.type, park.once, park.hash));
    if (park.park === 'failed') this.blockedBy ??= version;
  }

  /** Whether an equal copy of this message is parked already. */
  isParked(type: string, once: OnceKey, hash: () => string): boolean {
    return this.copies !== undefined && this.copies.has(copyKey(type, once, hash()));
  }
}

function copyKey(type: string, once: OnceKey, hash: string): string {
  return `${type} ${typeof once} ${once} ${hash}`;
}
