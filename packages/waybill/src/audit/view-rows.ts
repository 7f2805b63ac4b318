import { WaybillError } from '@waybill/core';
import type { AnyMessageClass, Recorded, Runtime, Store, Views } from '@waybill/core';
import {
  foldRow,
  foldVersion,
  generationName,
  loadGenerations,
  ParkStreams,
  readMessage,
  rowStateOf,
  streamOf,
} from '@waybill/core/internal';
import type { ActorDefinition } from '@waybill/core/internal';
import { checkpointOf } from '../base/readers';
import type { Reader } from '../base/readers';
import { ViolationError } from './violation';

/** Rows of views whose content is folded again; of those beyond, positions alone are compared. */
const FOLDED = 100_000;
const PAGE = 1_000;

/** What the log says about a row of a view. */
interface Row {
  /** The newest event of this row. */
  readonly last: Pick<Recorded, 'type' | 'stream' | 'version' | 'position'>;
  /** The row as today's code folds it; undefined where it is deleted. */
  readonly text: string | undefined;
  /** Whether `text` is what a worker must have written. */
  readonly folded: boolean;
}

/** The rows of one projection, as the log has them and as its view does. */
class Followed {
  readonly rows = new Map<string, Row>();

  constructor(
    readonly reader: Reader,
    readonly definition: ActorDefinition,
    private readonly fold: boolean,
  ) {}

  sent(row: Recorded): void {
    const { definition, rows } = this;
    const read = readMessage(definition.folds.get(row.type)?.message as AnyMessageClass, row);
    const key = this.keyOf(read.message ?? read.unchecked);
    if (key === undefined) return;
    const { text, folded = rows.size < FOLDED } = rows.get(key) ?? {};
    const { type, stream, version, position } = row;
    const last = { type, stream, version, position };
    const next = this.fold && folded && row.erased !== true ? this.folded(text, row, read.message) : undefined;
    rows.set(key, { last, text: next?.text, folded: next !== undefined });
  }

  private folded(text: string | undefined, { type }: Recorded, message: Parameters<typeof foldRow>[3] | undefined) {
    try {
      return message && { text: foldRow(this.definition, text, type, message) };
    } catch {
      return undefined;
    }
  }

  private keyOf(subject: Parameters<typeof streamOf>[1] | undefined): string | undefined {
    try {
      return subject && streamOf(this.definition, subject)?.slice(this.definition.name.length + 1);
    } catch {
      return undefined;
    }
  }
}

/**
 * I2, I9: a view has a row, at the position of its newest event or later, for every event that its checkpoint has passed. With
 * `decisions`, each row is folded again and compared. Keeps in memory a position for each row of a view, and then the row too.
 */
export class ViewRows {
  private readonly followed: readonly Followed[];
  private readonly byType = new Map<string, Followed[]>();

  constructor(
    readers: readonly Reader[],
    private readonly store: Store,
    private readonly views: Views,
    private readonly runtime: Runtime,
    decisions: boolean,
  ) {
    const projections = readers.filter(({ definition }) => definition.kind === 'projection');
    this.followed = projections.map((reader) => new Followed(reader, reader.definition as ActorDefinition, decisions));
    for (const one of this.followed) for (const type of one.reader.types) this.byType.set(type, [...(this.byType.get(type) ?? []), one]);
  }

  sent(row: Recorded): void {
    for (const one of this.byType.get(row.type) ?? []) one.sent(row);
  }

  /** @throws ViolationError `I2`, `I9` */
  async end(isWhole: boolean): Promise<void> {
    for (const one of this.followed) await this.compare(one, isWhole);
  }

  /** The checkpoint first: the rows reflect what it has passed, also while others go on. */
  private async compare({ reader, definition, rows }: Followed, isWhole: boolean): Promise<void> {
    const { current, version } = await loadGenerations(this.views, definition.name);
    // Of another fold: the code that made it can judge it.
    if (version !== foldVersion(definition)) return;
    const reached = await this.reachedBy(reader);
    const view = generationName(definition.name, current);
    const parks = new ParkStreams(view, this.store, this.runtime);
    const passed = [...rows].filter(([, { last }]) => last.position <= reached);
    for (let at = 0; at < passed.length; at += PAGE) {
      const page = passed.slice(at, at + PAGE);
      const keys = page.map(([key]) => key);
      const stored = new Map((await this.views.load(view, keys)).map((row) => [row.key, rowStateOf(row.key, row)]));
      // It was replaced meanwhile, and dropped.
      if ((await loadGenerations(this.views, definition.name)).current !== current) return;
      for (const [key, { last, text, folded }] of page) {
        const state = stored.get(key) ?? rowStateOf(key, undefined);
        const row = `the row ${JSON.stringify(key)} of "${definition.name}"`;
        if (state.position < last.position && !(await this.wasUsed(parks.streamAt(last.position))))
          throw new ViolationError(
            'I2',
            `${last.type} was passed over: ${row} reflects the log up to ${state.position || 'nothing'}`,
            last,
          );
        const isComparable = isWhole && folded && state.position === last.position && !state.blockage;
        if (!isComparable || state.row === text || (await this.wasUsed(parks.streamOf(key)))) continue;
        throw new ViolationError('I9', `${row} is not what its events fold to`, last);
      }
    }
  }

  /** Whether anything was parked there: an event whose key was unknown then, or events of a row, of which an operator may have skipped some. */
  private async wasUsed(parkStream: string): Promise<boolean> {
    return (await this.store.read(parkStream, 0, 1)).length > 0;
  }

  /** Up to nothing where the checkpoint is one of another log: that was reported before. */
  private async reachedBy(reader: Reader): Promise<number> {
    try {
      return (await (await checkpointOf(reader, this.store, this.views)).load()).position;
    } catch (error) {
      if (error instanceof WaybillError && error.code.startsWith('CHECKPOINT_')) return 0;
      throw error;
    }
  }
}
