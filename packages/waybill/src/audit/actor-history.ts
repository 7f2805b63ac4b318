import type { ActorDefinition, Cause, Fold, OnceKey } from '@waybill/core/internal';
import type { ExpectedRow } from './decisions';

export interface Mark {
  readonly source: string;
  readonly type: string;
  position: number;
  version: number;
}
interface OpenPark {
  readonly cause: Cause;
  readonly type: string;
  /** Later messages are queued after it. */
  readonly blocks: boolean;
  /** The time that a release gives to its method. */
  readonly at: number | undefined;
}
export interface Pending {
  readonly version: number;
  readonly type: string;
  readonly key: string;
  readonly id: string;
  readonly position: number;
  readonly due: number;
  /** It was due, and is parked at `version`. */
  readonly parked?: true;
}
/** A deadline whose method has run. `version` and `position` are those of the row that says so. */
export interface Fired {
  readonly slot: string;
  readonly due: number;
  readonly version: number;
  readonly position: number;
}
/** A message that was taken in, and whether effects may follow it. */
interface Group {
  readonly cause: Cause;
  readonly time: number;
  /** Whether its method ended in a way that leads to rows; of a refusal that is told, to one. */
  leads: boolean | 'refusal';
}

const OF_ROW = /^[A-Za-z][\w.-]{0,63}(~\d+)?:row-/;
/** Streams of one call, and of one message that is parked. */
const OF_ONE = /:(\d+|parked-\d+)$/;

/** What the audit remembers of one actor while it reads the log: the same as the actor's own gate, and nothing of its effects. */
export class ActorHistory {
  version = -1;
  position = 0;
  group: Group | undefined;
  readonly marks: Mark[] = [];
  /** By type and key: version of the first copy. */
  once: Map<string, Map<OnceKey, number>> | undefined;
  /** By id: version of the row that took the command in. */
  commands: Map<string, number> | undefined;
  parks: Map<number, OpenPark> | undefined;
  pending: Map<string, Pending> | undefined;
  /** Deadlines that fired, until a message that is newer in the log was taken in. */
  fired: readonly Fired[] = [];
  /** Causes that were released into this stream from another one. */
  released: Map<string, number> | undefined;
  closed: number | undefined;
  /** The version at which reads begin, if rows below it may be gone. */
  begins: number | undefined;
  /** Rows below this version were not seen: the stream was truncated before. */
  from = 0;
  /** With classes: what the rows fold to. */
  fold: Fold | undefined;
  /** With `decisions`: the rows that have to follow. */
  expected: { readonly rows: readonly ExpectedRow[]; at: number } | undefined;

  /**
   * Whether this is the park stream of a projection's row. The row itself says which parked events are open: a note here may be of
   * a worker that died before it wrote the row, and then comes once more.
   */
  readonly isOfRow: boolean;

  constructor(
    readonly stream: string,
    readonly definition: ActorDefinition | undefined,
  ) {
    this.isOfRow = !definition && OF_ROW.test(stream);
  }

  mark(source: string, type: string): Mark | undefined {
    return this.marks.find((mark) => mark.type === type && mark.source === source);
  }

  advance(source: string, type: string, position: number, version: number): void {
    const mark = this.mark(source, type);
    if (mark) [mark.position, mark.version] = [position, version];
    else this.marks.push({ source, type, position, version });
  }

  /** Keeps the version of the first copy; returns that of an earlier one, if there is one. */
  remember(type: string, key: OnceKey, version: number): number | undefined {
    const keys = (this.once ??= new Map()).get(type) ?? new Map<OnceKey, number>();
    const first = keys.get(key);
    if (first === undefined) this.once.set(type, keys.set(key, version));
    return first;
  }

  park(version: number, park: OpenPark): void {
    (this.parks ??= new Map()).set(version, park);
  }

  /** Version of the first open park that blocks the actor. */
  get blockedBy(): number | undefined {
    for (const [version, { blocks }] of this.parks ?? []) if (blocks) return version;
    return undefined;
  }

  pendingAt(version: number): readonly [slot: string, pending: Pending] | undefined {
    for (const entry of this.pending ?? []) if (entry[1].version === version) return entry;
    return undefined;
  }

  /** Whether no more rows are expected, so that this can be dropped; if one comes, the stream is read again. */
  get isDone(): boolean {
    if (this.parks && this.parks.size > 0) return false;
    return this.closed !== undefined || this.isOfRow || OF_ONE.test(this.stream);
  }
}

export function causeKey({ source, position }: Cause): string {
  return `${source}@${position}`;
}

export function sameCause(a: Cause, b: Cause): boolean {
  return a.position === b.position && a.id === b.id && a.source === b.source;
}
