import type { ActorDefinition, OnceKey } from '../actors/definition';
import { fieldsOf } from '../base/canonical-json';
import { IndexSet } from '../base/index-set';
import type { Runtime } from '../base/runtime';
import { versionOf } from '../messages/message';
import type { SnapshotAt } from '../store/port';
import { Dedup, type FirstCopies, type Mark } from './dedup';
import { shortened, type FirstCopy } from './digest';
import { emptyFold, type Fold } from './fold';
import { PackedKeys } from './packed-keys';

/** Of a snapshot's text. A snapshot of another format is not read. */
const FORMAT = 4;

/**
 * What the fold of a class depends on: with another name, `once`, lifecycle or schema version the same rows fold differently. The
 * methods, and what a schema adds, are represented by the declared snapshot version.
 */
function fingerprint({ options, inputs, folds, lifecycle }: ActorDefinition): string {
  const taken = [...inputs].map(([type, { message, onceSource }]) => [type, message.messageType, versionOf(message), onceSource]);
  const outputs = [...folds].map(([type, { message }]) => [type, message.messageType, versionOf(message)]);
  return JSON.stringify([FORMAT, options.snapshot?.version, taken, outputs, options.retired, lifecycle?.statuses]);
}

/** I9: all of a fold as text: a checksum, a line end, and the body. From here on the fold keeps its first copies packed. */
export function snapshotOf(definition: ActorDefinition, fold: Fold, runtime: Runtime): string {
  const { marks, firsts, commands, parks, line, pending, released, skipped } = fold.dedup;
  for (const first of firsts) pack(first, runtime);
  const body = JSON.stringify({
    of: fingerprint(definition),
    state: wrapped(fold.state),
    marks,
    firsts: firsts.map(({ type, single, byKey, packed = PackedKeys.empty }) => {
      const { indexes, digests, versions } = packed;
      return { type, single, others: [...(byKey ?? [])], indexes, digests, versions };
    }),
    ...{ commands: [...(commands ?? [])], parks: [...(parks ?? [])], line: [...(line ?? [])] },
    ...{ pending: [...(pending ?? [])], released: [...(released ?? [])], skipped: [...(skipped ?? [])] },
  });
  return `${runtime.hash(body)}\n${body}`;
}

interface Body {
  readonly of: string;
  readonly state: unknown;
  readonly marks: readonly Mark[];
  readonly firsts: readonly {
    readonly type: string;
    readonly single?: FirstCopy;
    readonly others: readonly [OnceKey, FirstCopy][];
    readonly indexes: readonly (readonly [number, number])[];
    readonly digests: string;
    readonly versions: string;
  }[];
  readonly commands: readonly [string, FirstCopy][];
  readonly parks: readonly [number, string | null][];
  readonly line: readonly number[];
  readonly pending: readonly [string, number][];
  readonly released: readonly string[];
  readonly skipped: readonly string[];
}

/** The fold that was saved; undefined when the text is damaged, or was made by a class that folds in another way. */
export function foldOf(definition: ActorDefinition, stream: string, { version, data }: SnapshotAt, runtime: Runtime): Fold | undefined {
  const at = data.indexOf('\n');
  const text = data.slice(at + 1);
  if (at < 0 || runtime.hash(text) !== data.slice(0, at)) return undefined;
  const body = fieldsOf(text) as Body | undefined;
  if (body?.of !== fingerprint(definition)) return undefined;
  const dedup = new Dedup();
  for (const mark of body.marks) dedup.marks.push({ ...mark });
  for (const { type, single, others, indexes, digests, versions } of body.firsts) {
    const packed = digests === '' ? undefined : new PackedKeys(IndexSet.fromJSON(indexes), digests, versions);
    dedup.firsts.push({ type, single, byKey: others.length > 0 ? new Map(others) : undefined, packed });
  }
  const line = new Set(body.line);
  for (const [parked, copy] of body.parks) dedup.keepPark(parked, copy ?? undefined, line.has(parked));
  if (body.commands.length > 0) dedup.commands = new Map(body.commands);
  if (body.pending.length > 0) dedup.pending = new Map(body.pending);
  if (body.released.length > 0) dedup.released = new Set(body.released);
  if (body.skipped.length > 0) dedup.skipped = new Set(body.skipped);
  return { ...emptyFold(definition, stream), version, state: unwrapped(body.state), grown: data.length, dedup, snapshot: version };
}

/** Packs keys that are indexes, at 18 characters each; other keys stay as they are. */
function pack(firsts: FirstCopies, runtime: Runtime): void {
  const added: [number, FirstCopy][] = [];
  for (const [key, first] of firsts.byKey ?? []) {
    if (!Number.isSafeInteger(key) || (key as number) < 0 || first.digest.kind === 'erased') continue;
    added.push([key as number, first]);
    firsts.byKey?.delete(key);
  }
  if (added.length > 0) firsts.packed = (firsts.packed ?? PackedKeys.empty).with(added, ({ digest }) => shortened(digest, runtime));
}

const SET = '~set';
const OTHER = '~other';

/** Marks what JSON alone would restore as something else: IndexSets, -0, and fields that are undefined. */
function wrapped(state: unknown): unknown {
  if (state instanceof IndexSet) return { [SET]: state.ranges };
  if (state === undefined || Object.is(state, -0)) return { [OTHER]: state === undefined ? 'undefined' : '-0' };
  if (Array.isArray(state)) return state.map(wrapped);
  if (typeof state !== 'object' || state === null) return state;
  return Object.fromEntries(Object.entries(state).map(([key, value]) => [key.startsWith('~') ? `~${key}` : key, wrapped(value)]));
}

function unwrapped(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(unwrapped);
  if (typeof value !== 'object' || value === null) return value;
  if (OTHER in value) return value[OTHER] === 'undefined' ? undefined : -0;
  if (SET in value) return IndexSet.fromJSON((value as { readonly [SET]: [number, number][] })[SET]);
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [key.startsWith('~~') ? key.slice(1) : key, unwrapped(field)]));
}
