import type { Definition, Recorded, Runtime, Store, Views } from '@waybill/core';
import type { Reader } from '../readers';
import type { Book } from './book';
import { Checking } from './checking';
import { checkpointsOf, holdViews } from './ends';
import { lineOf } from './line';
import type { Line } from './line';
import { enter } from './rules';
import { holdSource, Sources, sourceOf } from './sources';
import { Streams } from './streams';
import { Found } from './violation';

export interface Auditing {
  readonly readers: readonly Reader[];
  readonly runtime: Runtime;
  readonly decisions: boolean;
  readonly limit: number;
  /** Keeps what was found, and answers whether to go on. @throws what is no finding */
  readonly found: (error: unknown) => boolean;
}

/** Takes the rows of a log in their order and holds each against what came before it. */
export class Auditor {
  rows = 0;
  position = 0;
  private readonly sources: Sources;
  private readonly streams: Streams;
  private readonly checking: Checking | undefined;
  /** Streams that are not looked at any further. */
  private readonly left = new Set<string>();
  private before = '';

  constructor(
    private readonly store: Store,
    definitions: readonly Definition[],
    private readonly auditing: Auditing,
  ) {
    this.sources = new Sources(store);
    const foldOf = (stream: string) => this.streams.known(stream)?.fold;
    if (definitions.length > 0) this.checking = new Checking(store, definitions, this.sources, foldOf, auditing);
    const again = (book: Book, line: Line): void => {
      enter(book, line, true);
      this.checking?.again(book, line);
    };
    this.streams = new Streams(store, (stream) => this.checking?.definitionOf(stream), again, auditing.limit);
  }

  get actors(): number {
    return this.streams.actors;
  }

  /** False when enough was found. */
  async page(rows: readonly Recorded[]): Promise<boolean> {
    const lines = rows.map(lineOrFound);
    this.sources.keep(lines);
    for (let i = 0; i < rows.length; i++) {
      const row = rows[i] as Recorded;
      try {
        const waits = this.look(row, lines[i] as Line | Found);
        if (waits) await waits;
      } catch (error) {
        if (!this.auditing.found(error)) return false;
        this.left.add(row.stream);
        this.streams.drop(row.stream);
      }
      this.rows++;
      this.position = row.position;
      this.before = row.stream;
    }
    return true;
  }

  /** What can be told when all rows went by. */
  async end(views: Views | undefined): Promise<void> {
    const { readers, found } = this.auditing;
    if (!this.checking) return;
    const looks = [
      ...[...this.streams.books()].map((book) => () => this.checking?.endOf(book)),
      async () => this.checking?.end(await checkpointsOf(this.store, views, readers)),
      async () => views && holdViews(this.store, views, readers),
    ];
    for (const look of looks) {
      try {
        await look();
      } catch (error) {
        if (!found(error)) return;
      }
    }
  }

  private look(row: Recorded, line: Line | Found): void | Promise<void> {
    if (row.position <= this.position) throw new Found('versions', `position ${row.position} comes behind position ${this.position}`, row);
    if (this.left.has(row.stream)) return;
    if (line instanceof Found) throw line;
    const book = this.streams.of(line);
    return book instanceof Promise ? book.then((one) => this.enter(one, line)) : this.enter(book, line);
  }

  private enter(book: Book | undefined, line: Line): void | Promise<void> {
    const { row } = line;
    if (!book) {
      this.checking?.sent(line);
      return;
    }
    const beside = this.before === row.stream;
    if (this.checking) return this.check(this.checking, book, line, beside);
    enter(book, line, beside);
    if (book.isDone) this.streams.drop(row.stream);
    const source = sourceOf(this.store, this.sources, line);
    if (source instanceof Promise) return source.then((one) => holdSource(this.store, line, one));
    return source === null ? undefined : holdSource(this.store, line, source);
  }

  private async check(checking: Checking, book: Book, line: Line, beside: boolean): Promise<void> {
    const time = checking.beforeRow(book, line);
    enter(book, line, beside);
    const source = await sourceOf(this.store, this.sources, line);
    if (source !== null) await holdSource(this.store, line, source);
    await checking.row(book, line, source ?? undefined, time);
    if (!book.isDone) return;
    this.streams.drop(line.row.stream);
    checking.drop(line.row.stream);
  }
}

function lineOrFound(row: Recorded): Line | Found {
  try {
    return lineOf(row);
  } catch (error) {
    if (error instanceof Found) return error;
    throw error;
  }
}
