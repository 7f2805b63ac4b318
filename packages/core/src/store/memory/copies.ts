import { notEmpty } from '../copy';
import type { CheckpointAt, Copies, LogPart, SnapshotAt, ViewRow } from '../port';
import type { MemoryLog } from './log';

/** Parts in one page. */
const PAGE = 256;

/** What the memory store keeps. */
export interface Kept {
  readonly log: MemoryLog;
  readonly checkpoints: Map<string, CheckpointAt>;
  readonly snapshots: Map<string, SnapshotAt>;
  readonly views: Map<string, Map<string, ViewRow>>;
}

export function memoryCopies(kept: Kept, store: { id: string }, mustBeOpen: () => void, filled: () => void): Copies {
  return {
    async *parts() {
      mustBeOpen();
      // Rows are never changed in place: lists of them are the state of this moment.
      const all = [...partsOf(kept, store.id)];
      for (let at = 0; at < all.length; at += PAGE) yield all.slice(at, at + PAGE);
    },
    async fill(pages) {
      mustBeOpen();
      const parts: LogPart[] = [];
      for await (const page of pages) parts.push(...page);
      mustBeOpen();
      if (kept.log.head > 0) throw notEmpty(store.id);
      for (const part of parts) put(kept, store, part);
      filled();
    },
  };
}

function* partsOf({ log, checkpoints, snapshots, views }: Kept, id: string): Generator<LogPart> {
  yield { log: id };
  for (const start of log.starts()) yield { start };
  for (const row of log.all()) yield { row };
  for (const [consumer, { position, epoch }] of checkpoints) yield { checkpoint: { consumer, position, epoch } };
  for (const [stream, { version, data }] of snapshots) yield { snapshot: { stream, version, data } };
  for (const [name, rows] of views) for (const row of rows.values()) yield { view: { name, ...row } };
}

function put(kept: Kept, store: { id: string }, part: LogPart): void {
  if ('log' in part) store.id = part.log;
  else if ('row' in part) kept.log.put(part.row);
  else if ('start' in part) kept.log.begin(part.start.stream, part.start.version);
  else if ('checkpoint' in part) {
    const { consumer, position, epoch } = part.checkpoint;
    kept.checkpoints.set(consumer, Object.freeze({ store: store.id, position, epoch }));
  } else if ('snapshot' in part) {
    const { stream, version, data } = part.snapshot;
    kept.snapshots.set(stream, Object.freeze({ version, data }));
  } else if ('view' in part) {
    const { name, ...row } = part.view;
    const rows = kept.views.get(name) ?? new Map<string, ViewRow>();
    kept.views.set(name, rows.set(row.key, Object.freeze({ ...row, row: row.row })));
  }
}
