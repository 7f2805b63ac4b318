import type { Keys, Recorded, Runtime, Store, UseClass, Views } from '@waybill/core';
import { anyPersonal, viewsFor } from '@waybill/core/internal';
import type { Definition } from '@waybill/core/internal';
import type { Container } from 'inversify';
import { definitionsToRead } from '../base/definitions';
import { personalStore } from '../personal/personal';
import { PersonalStore } from '../personal/store';
import { readersOf } from '../base/readers';
import { realRuntime } from '../base/runtime';
import { Auditor } from './auditor';
import { checkpointsOf, checkViews } from './positions';
import { ViolationError, INVARIANTS } from './violation';
import type { Invariant, Violation } from './violation';

export interface AuditOptions {
  /** The classes that wrote the log. With them, folds, contents, snapshots, checkpoints, lost messages and rows of projections are checked too. */
  readonly use?: readonly UseClass[];
  /** Where actors inject something. Handlers are not built: nothing is called. */
  readonly container?: Container;
  /** Decide every message again, fold every row of a projection again, and compare; for a log written by exactly this code. Needs `use`. */
  readonly decisions?: boolean;
  readonly views?: Views;
  readonly keys?: Keys;
  readonly runtime?: Runtime;
  /** Stop after this many violations; default 1. A stream with a violation is not checked any further. */
  readonly most?: number;
  /** Default: the head of the log when the audit begins. */
  readonly upTo?: number;
  /** How many open actors to keep in memory, without `use`; default 100,000. The stream of any other is read again. */
  readonly actors?: number;
}

export interface Audit {
  /** No violation was found. */
  readonly ok: boolean;
  readonly store: string;
  readonly rows: number;
  /** How many streams of actors were checked. */
  readonly actors: number;
  /** The position up to which the log was checked. */
  readonly position: number;
  readonly checked: readonly Invariant[];
  readonly violations: readonly Violation[];
  /** Actors of which only newer code can read all rows: these classes checked what they can read. */
  readonly unread: readonly { readonly stream: string; readonly reason: string }[];
}

const WITH_CLASSES: ReadonlySet<Invariant> = new Set(['I3', 'I4', 'I7', 'I9']);
const ACTORS = 100_000;

/**
 * Reads a log from its first row to its head, live or at rest, and checks what must be true of every log. Writes nothing. Keeps in
 * memory what the gate of each open actor keeps, a position for each row of a projection, and at most 100,000 rows of the log.
 * @throws WaybillError of the store, or of the classes
 */
export async function audit(store: Store, options: AuditOptions = {}): Promise<Audit> {
  const { use = [], container, keys, runtime = realRuntime } = options;
  const definitions = definitionsToRead(use, container);
  const opened =
    definitions.length > 0 && anyPersonal() && !(store instanceof PersonalStore) ? personalStore(store, { keys, runtime }) : store;
  return auditOf(opened, definitions, { ...options, runtime });
}

async function auditOf(
  store: Store,
  definitions: readonly Definition[],
  options: AuditOptions & { readonly runtime: Runtime },
): Promise<Audit> {
  const { runtime, decisions = false, most = 1 } = options;
  const views = viewsFor(store, options.views);
  const violations: Violation[] = [];
  const found = (error: unknown): boolean => {
    if (!(error instanceof ViolationError)) throw error;
    violations.push(error.violation);
    return violations.length < most;
  };
  const readers = readersOf(definitions, runtime);
  const limit = definitions.length > 0 ? Infinity : Math.max(2, options.actors ?? ACTORS);
  const auditor = new Auditor(store, definitions, { readers, runtime, decisions, views, limit, found });
  // Checkpoints first: what they have passed is below the head that is read next, also while the log grows.
  const checkpoints = await checkpointsOf(store, views, readers, found);
  const upTo = options.upTo ?? (await store.head());
  if (violations.length < most) for await (const page of rowsOf(store, upTo)) if (!(await auditor.page(page))) break;
  // Up to an earlier position it is unknown what the current checkpoints have passed.
  if (violations.length < most && options.upTo === undefined) await auditor.end(checkpoints);
  if (violations.length < most && views) await checkViews(store, views, readers, found);
  const checked = (Object.keys(INVARIANTS) as Invariant[]).filter((one) => definitions.length > 0 || !WITH_CLASSES.has(one));
  const { rows, actors, position } = auditor;
  const unread = [...auditor.unread].map(([stream, reason]) => ({ stream, reason }));
  return { ok: violations.length === 0, store: store.id, rows, actors, position, checked, violations, unread };
}

/** Every row up to this position, page by page. */
async function* rowsOf(store: Store, upTo: number): AsyncGenerator<readonly Recorded[]> {
  const stop = new AbortController();
  try {
    for await (const { events, position, caughtUp } of store.subscribe({ everything: true, after: 0, limit: 1_000 }, stop.signal)) {
      const last = events.at(-1)?.position ?? 0;
      const rows = last > upTo ? events.filter((row) => row.position <= upTo) : events;
      if (rows.length > 0) yield rows;
      if (caughtUp || position >= upTo) return;
    }
  } finally {
    stop.abort();
  }
}
