import type { ActorDefinition, Definition, Fold, Recorded, Runtime, Store } from '@waybill/core';
import type { Reader } from '../base/readers';
import { Attempts } from './attempts';
import type { Book } from './book';
import { Buckets } from './buckets';
import { holdContent } from './content';
import { holdWanted, inWords, wantedOf } from './decisions';
import { Folds } from './folds';
import type { Line } from './line';
import { PassedOver } from './passed-over';
import type { Sources } from './sources';
import { after } from './sources';
import { Found } from './violation';

export interface Asked {
  readonly readers: readonly Reader[];
  readonly runtime: Runtime;
  readonly decisions: boolean;
}

/** What can be checked of a log with the classes that wrote it. */
export class Checking {
  private readonly folds: Folds;
  private readonly passed: PassedOver;
  private readonly attempts: Attempts;
  private readonly buckets: Buckets;

  constructor(
    private readonly store: Store,
    definitions: readonly Definition[],
    sources: Sources,
    foldOf: (stream: string) => Fold | undefined,
    private readonly asked: Asked,
  ) {
    this.folds = new Folds(definitions, store, asked.runtime);
    this.passed = new PassedOver(asked.readers, store, asked.runtime, sources, foldOf);
    this.attempts = new Attempts(asked.readers);
    this.buckets = new Buckets(asked.readers);
  }

  begin(): Promise<void> {
    return this.buckets.begin(this.store);
  }

  definitionOf(stream: string): ActorDefinition | undefined {
    return this.folds.definitionOf(stream);
  }

  /** A message that somebody may take. */
  sent(line: Line): void {
    if (line.kind !== 'event' && line.kind !== 'emitted') return;
    this.passed.sent(line);
    this.attempts.sent(line);
  }

  /** A deadline in its bucket. @throws Found `deadlines` */
  due(line: Line, source: Recorded | undefined): void {
    this.buckets.kept(line, source);
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
  row(book: Book, line: Line, source: Recorded | undefined, time: number | undefined): void | Promise<void> {
    this.sent(line);
    if (book.begins !== undefined && line.row.version < book.begins) return;
    const begun = book.definition && !book.fold ? this.folds.begin(book, line) : undefined;
    return after(begun, () => {
      const isInput = line.kind === 'took' || line.kind === 'parked' || line.kind === 'noted';
      const traced = isInput ? this.input(book, line, source, time) : undefined;
      return after(traced, () => this.folds.apply(book, line));
    });
  }

  /** @throws Found `I6`, `deadlines` */
  endOf(book: Book, checkpoints: ReadonlyMap<string, number>): void {
    const { wanted, stream, version, position } = book;
    const next = wanted?.rows[wanted.at];
    if (next) throw new Found('I6', `the ${inWords(next)} that the last message leads to is missing`, { stream, version, position });
    this.buckets.endOf(book, checkpoints);
  }

  /** @throws Found `I2`, `I9` */
  async end(checkpoints: ReadonlyMap<string, number>): Promise<void> {
    await this.folds.end();
    await this.passed.end(checkpoints);
    this.attempts.end(checkpoints);
  }

  drop(stream: string): void {
    this.folds.drop(stream);
  }

  private input(book: Book, line: Line, source: Recorded | undefined, time: number | undefined): void | Promise<void> {
    const { definition, fold } = book;
    this.attempts.traced(line);
    return after(this.passed.traced(line), () => {
      book.wanted = undefined;
      if (!definition || line.kind === 'noted') return;
      if (source) holdContent(definition, line, source);
      if (line.kind !== 'took' || !this.asked.decisions || !fold) return;
      const rows = wantedOf(definition, fold, line, time ?? source?.time);
      book.wanted = rows && { rows, at: 0 };
    });
  }
}
