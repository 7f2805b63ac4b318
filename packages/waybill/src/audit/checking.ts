import type { ActorDefinition, Definition, Fold, Recorded, Runtime, Store } from '@waybill/core';
import type { Reader } from '../readers';
import type { Book } from './book';
import { holdContent } from './content';
import { holdWanted, inWords, wantedOf } from './decisions';
import { Folds } from './folds';
import type { Line } from './line';
import { PassedOver } from './passed-over';
import type { Sources } from './sources';
import { Found } from './violation';

/** What can be checked of a log with the classes that wrote it. */
export class Checking {
  private readonly folds: Folds;
  private readonly passed: PassedOver;

  constructor(
    store: Store,
    definitions: readonly Definition[],
    sources: Sources,
    foldOf: (stream: string) => Fold | undefined,
    private readonly asked: { readonly readers: readonly Reader[]; readonly runtime: Runtime; readonly decisions: boolean },
  ) {
    this.folds = new Folds(definitions, store, asked.runtime);
    this.passed = new PassedOver(asked.readers, store, asked.runtime, sources, foldOf);
  }

  definitionOf(stream: string): ActorDefinition | undefined {
    return this.folds.definitionOf(stream);
  }

  /** A message that somebody may take. */
  sent(line: Line): void {
    this.passed.sent(line);
  }

  /** A row of a stream that is read once more. */
  again(book: Book, line: Line): void {
    this.folds.start(book);
    this.folds.apply(book, line);
  }

  /** Answers the time that the row's method was told, where the log holds it. @throws Found `I3`, `I6` */
  beforeRow(book: Book, line: Line): number | undefined {
    const { wanted } = book;
    if (wanted) {
      holdWanted(wanted.rows, wanted.at, line);
      wanted.at++;
    }
    const { of = -1 } = line.meta;
    return book.parks?.get(of)?.at ?? book.pendingAt(of)?.[1].due;
  }

  /** The row has entered its book; the fold still stands before it. @throws Found */
  async row(book: Book, line: Line, source: Recorded | undefined, time: number | undefined): Promise<void> {
    const { definition } = book;
    const { kind, row } = line;
    if (kind === 'emitted') this.passed.sent(line);
    if (book.begins !== undefined && row.version < book.begins) return;
    if (definition && !book.fold) await this.folds.begin(book, line);
    if (kind === 'took' || kind === 'parked' || kind === 'noted') {
      await this.passed.traced(line);
      book.wanted = undefined;
      if (definition && kind === 'took') this.took(definition, book, line, source, time);
    }
    this.folds.apply(book, line);
  }

  /** @throws Found `I6` */
  endOf({ wanted, stream, version, position }: Book): void {
    const next = wanted?.rows[wanted.at];
    if (next) throw new Found('I6', `the ${inWords(next)} that the last message leads to is missing`, { stream, version, position });
  }

  /** @throws Found `I2`, `I7`, `I9` */
  async end(checkpoints: ReadonlyMap<string, number>): Promise<void> {
    await this.folds.end();
    await this.passed.end(checkpoints);
  }

  drop(stream: string): void {
    this.folds.drop(stream);
  }

  private took(definition: ActorDefinition, book: Book, line: Line, source: Recorded | undefined, time: number | undefined): void {
    if (source) holdContent(definition, line, source);
    if (!this.asked.decisions || !book.fold) return;
    const rows = wantedOf(definition, book.fold, line, time ?? source?.time);
    book.wanted = rows && { rows, at: 0 };
  }
}
