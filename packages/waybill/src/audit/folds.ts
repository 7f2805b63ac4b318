import { WaybillError } from '@waybill/core';
import type { Runtime, Store } from '@waybill/core';
import { applyRow, emptyFold, foldOf, snapshotOf } from '@waybill/core/internal';
import type { ActorDefinition, Definition, Fold } from '@waybill/core/internal';
import type { SnapshotAt } from '@waybill/core/store-kit';
import type { ActorHistory } from './actor-history';
import type { ParsedRow } from './parsed-row';
import { ViolationError } from './violation';

/** Folds every state again, and compares every snapshot with the fold. */
export class Folds {
  private readonly actors: ReadonlyMap<string, ActorDefinition>;
  private readonly snapshots = new Map<string, SnapshotAt>();
  /** By stream: why only newer code can read it. */
  readonly unread = new Map<string, string>();

  constructor(
    definitions: readonly Definition[],
    private readonly store: Store,
    private readonly runtime: Runtime,
  ) {
    const actors = definitions.filter((one) => one.kind === 'saga' || one.kind === 'aggregate') as ActorDefinition[];
    this.actors = new Map(actors.map((one) => [one.name, one]));
  }

  readonly definitionOf = (stream: string): ActorDefinition | undefined => {
    const at = stream.indexOf('-');
    return at < 0 ? undefined : this.actors.get(stream.slice(0, at));
  };

  /** When the first row of a stream comes, its snapshot is loaded if its class has them. */
  begin(history: ActorHistory, { kind }: ParsedRow): void | Promise<void> {
    this.start(history);
    if (history.definition?.options.snapshot && kind !== 'closed') return this.lookUp(history.stream);
  }

  start(history: ActorHistory): void {
    if (history.definition) history.fold ??= emptyFold(history.definition, history.stream);
  }

  private async lookUp(stream: string): Promise<void> {
    const kept = await this.store.snapshot(stream).load();
    if (kept) this.snapshots.set(stream, kept);
  }

  /** @throws ViolationError `I4`, `I9` */
  apply({ definition, fold, stream }: ActorHistory, { row }: ParsedRow): void {
    if (!definition || !fold) return;
    const { broken } = fold;
    try {
      applyRow(definition, fold, row, this.runtime);
    } catch (error) {
      if (!(error instanceof WaybillError)) throw error;
      throw new ViolationError('I9', `the row cannot be folded: ${error.message}`, row);
    }
    if (fold.newer) this.unread.set(stream, fold.newer.error.message);
    if (broken === undefined && fold.broken !== undefined) refuseBroken(fold, row);
    const kept = this.snapshots.get(stream);
    if (kept?.version === row.version) {
      this.snapshots.delete(stream);
      const parts = fold.broken === undefined && !fold.newer ? differing(definition, fold, kept, this.runtime) : [];
      if (parts.length > 0)
        throw new ViolationError(
          'I9',
          `the snapshot of version ${row.version} is not what the rows up to it fold to (${parts.join(', ')})`,
          row,
        );
    }
  }

  /** For a stream of which no more rows are expected. */
  drop(stream: string): void {
    this.snapshots.delete(stream);
  }

  /** The snapshots that no row has matched. @throws ViolationError `I9` */
  async end(): Promise<void> {
    for (const [stream, { version }] of this.snapshots) {
      const [row] = await this.store.read(stream, version, 1);
      if (!row)
        throw new ViolationError('I9', `the snapshot of ${stream} is of version ${version}, which the stream does not have`, undefined);
    }
  }
}

function refuseBroken({ broken }: Fold, at: ParsedRow['row']): void {
  const { cause } = broken as WaybillError;
  const code = cause instanceof WaybillError ? cause.code : undefined;
  const why = cause instanceof Error ? cause.message : String(cause);
  throw new ViolationError(code === 'STATUS_MOVED_BACK' ? 'I4' : 'I9', `the state cannot be folded: ${why}`, at);
}

/** The parts of the snapshot that differ from the fold; none for a snapshot of other code or a damaged one, since nobody reads that. */
function differing(definition: ActorDefinition, fold: Fold, kept: SnapshotAt, runtime: Runtime): string[] {
  if (!foldOf(definition, fold.stream, kept, runtime)) return [];
  const text = snapshotOf(definition, fold, runtime);
  if (text === kept.data) return [];
  const [ours, theirs] = [partsOf(text), partsOf(kept.data)];
  return Object.keys(ours).filter((part) => ours[part] !== theirs[part]);
}

/** Lists are compared as sets: a fold that started from a snapshot may hold things in another order. */
function partsOf(snapshot: string): Record<string, string> {
  const body = JSON.parse(snapshot.slice(snapshot.indexOf('\n') + 1)) as Record<string, unknown>;
  const text = (value: unknown): string => JSON.stringify(value) ?? '';
  return Object.fromEntries(
    Object.entries(body).map(([part, value]) => [part, Array.isArray(value) ? value.map(text).sort().join() : text(value)]),
  );
}
