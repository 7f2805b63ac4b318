import { anyPersonal } from '@waybill/core';
import type { Definition, Keys, Recorded, Runtime, Store, UseClass, Views } from '@waybill/core';
import type { Container } from 'inversify';
import { definitionsOf } from '../base/definitions';
import { personalStore } from '../personal/personal';
import { PersonalStore } from '../personal/store';
import { readersOf } from '../base/readers';
import { realRuntime } from '../base/runtime';
import { Auditor } from './auditor';
import { checkpointsOf, holdViews } from './ends';
import { Found, INVARIANTS } from './violation';
import type { Invariant, Violation } from './violation';

export interface AuditOptions {
  /** The classes that wrote the log: with them folds, contents, snapshots, checkpoints and lost messages are checked too. */
  readonly use?: readonly UseClass[];
  readonly container?: Container;
  /** Every message is decided anew, and what it led to compared: for a log that this very code wrote. Wants `use`. */
  readonly decisions?: boolean;
  readonly views?: Views;
  readonly keys?: Keys;
  readonly runtime?: Runtime;
  /** Violations that are looked for before it ends; default 1. A stream in which one was found is not looked at any further. */
  readonly most?: number;
  /** Default: the head of the log when the audit begins. */
  readonly upTo?: number;
  /** Open actors that are kept in memory at once, without `use`; default 100,000. Of one that is not, the stream is read again. */
  readonly actors?: number;
}

export interface Audit {
  /** Nothing was found. */
  readonly ok: boolean;
  readonly store: string;
  readonly rows: number;
  /** Streams of actors that were looked at. */
  readonly actors: number;
  /** Up to which position. */
  readonly position: number;
  readonly checked: readonly Invariant[];
  readonly violations: readonly Violation[];
}

const WITH_CLASSES: ReadonlySet<Invariant> = new Set(['I3', 'I4', 'I7', 'I9']);
const ACTORS = 100_000;

/**
 * Reads a log from its first row to its head, live or at rest, and holds it against what must be true of every log. Writes
 * nothing. In memory: of each open actor what its own gate keeps, and 100,000 rows of the log at the most.
 * @throws WaybillError of the store, or of the classes
 */
export async function audit(store: Store, options: AuditOptions = {}): Promise<Audit> {
  const { use = [], container, keys, runtime = realRuntime } = options;
  const definitions = definitionsOf(use, container);
  const opened =
    definitions.length > 0 && anyPersonal() && !(store instanceof PersonalStore) ? personalStore(store, { keys, runtime }) : store;
  return auditOf(opened, definitions, { ...options, runtime });
}

async function auditOf(
  store: Store,
  definitions: readonly Definition[],
  options: AuditOptions & { readonly runtime: Runtime },
): Promise<Audit> {
  const { runtime, decisions = false, most = 1, views = store.views } = options;
  const violations: Violation[] = [];
  const found = (error: unknown): boolean => {
    if (!(error instanceof Found)) throw error;
    violations.push(error.violation);
    return violations.length < most;
  };
  const readers = readersOf(definitions, runtime);
  const limit = definitions.length > 0 ? Infinity : Math.max(2, options.actors ?? ACTORS);
  const auditor = new Auditor(store, definitions, { readers, runtime, decisions, limit, found });
  // Checkpoints first: what they have passed stands below the head that is asked for next, on a log that goes on too.
  const checkpoints = await checkpointsOf(store, views, readers, found);
  await auditor.begin();
  const upTo = options.upTo ?? (await store.head());
  if (violations.length < most) for await (const page of rowsOf(store, upTo)) if (!(await auditor.page(page))) break;
  // Below an earlier position nobody can tell what the checkpoints of now have passed.
  if (violations.length < most && options.upTo === undefined) await auditor.end(checkpoints);
  if (violations.length < most && views) await holdViews(store, views, readers, found);
  const checked = (Object.keys(INVARIANTS) as Invariant[]).filter((one) => definitions.length > 0 || !WITH_CLASSES.has(one));
  const { rows, actors, position } = auditor;
  return { ok: violations.length === 0, store: store.id, rows, actors, position, checked, violations };
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
