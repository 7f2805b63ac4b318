import type { ActorDefinition, Store } from '@waybill/core';
import { CLOSED, COMMAND_SOURCE } from '@waybill/core';
import { Book } from './book';
import type { Line } from './line';
import { lineOf } from './line';
import { PlainStreams } from './plain-streams';
import { Found } from './violation';

const PAGE = 1_000;
/** A stream that could be an actor's: its class, a "-", its key. */
const ACTOR = /^[A-Za-z][\w.]{0,63}-./;
const BUCKET = /:due-\d+$/;

/** Goes through a row of a stream that is read once more. */
export type Replay = (book: Book, line: Line) => void;

/**
 * The streams of the log. Of an actor its book is kept while it is open; one that was closed, or left out because too many
 * are open, is read again from the store when another row of it comes.
 */
export class Streams {
  /** Those that have begun so far. */
  actors = 0;
  private young = new Map<string, Book>();
  private old = new Map<string, Book>();
  private readonly plain: PlainStreams;

  constructor(
    private readonly store: Store,
    private readonly definitionOf: (stream: string) => ActorDefinition | undefined,
    private readonly replay: Replay,
    /** Books that are kept at once. */
    private readonly limit: number,
  ) {
    this.plain = new PlainStreams(store);
  }

  /** The book of the row's stream, behind the row before it; undefined for a stream of no actor. @throws Found `versions`, `rows` */
  of(line: Line): Book | undefined | Promise<Book | undefined> {
    const { stream, version } = line.row;
    const book = this.young.get(stream) ?? this.aged(stream);
    if (book) return this.goOn(book, line);
    if (version > 0) return this.plain.has(stream) ? this.plainOne(line) : this.readAgain(line);
    if (!this.claims(line)) return this.plainOne(line);
    this.actors++;
    return this.open(stream);
  }

  /** If another row of it comes, it is read again. */
  drop(stream: string): void {
    this.young.delete(stream);
    this.old.delete(stream);
  }

  known(stream: string): Book | undefined {
    return this.young.get(stream) ?? this.old.get(stream);
  }

  *books(): Generator<Book> {
    yield* this.young.values();
    for (const [stream, book] of this.old) if (!this.young.has(stream)) yield book;
  }

  private open(stream: string): Book {
    const book = new Book(stream, this.definitionOf(stream));
    this.keep(book);
    return book;
  }

  private keep(book: Book): void {
    if (this.young.size >= this.limit / 2) [this.old, this.young] = [this.young, new Map()];
    this.young.set(book.stream, book);
  }

  private aged(stream: string): Book | undefined {
    const book = this.old.get(stream);
    if (book) this.keep(book);
    return book;
  }

  /** Whether a row speaks for an actor: others may have copied a cause from elsewhere. */
  private claims({ kind, row, cause }: Line): boolean {
    if (kind === 'event' || kind === 'due') return false;
    return kind !== 'emitted' || (ACTOR.test(row.stream) && (cause.source === this.store.id || cause.source === COMMAND_SOURCE));
  }

  private plainOne(line: Line): undefined | Promise<undefined> {
    const { kind, row } = line;
    if (kind === 'due' ? !BUCKET.test(row.stream) : kind !== 'event' && kind !== 'emitted')
      throw new Found('rows', `${row.type} stands in a stream that is none of an actor`, row);
    return this.plain.goOn(row);
  }

  private goOn(book: Book, line: Line): Book | Promise<Book> {
    const { stream, version } = line.row;
    if (book.begins === undefined) return version === book.version + 1 ? book : this.behindGap(book, line);
    if (version !== book.begins) return book;
    this.actors++;
    return this.open(stream);
  }

  /** Of a stream that was truncated to its closing row, the public rows stay in the log, with gaps between them. */
  private async behindGap(book: Book, line: Line): Promise<Book> {
    const { row } = line;
    if (row.version <= book.version) throw new Found('versions', `version ${row.version} comes behind version ${book.version}`, row);
    const [first] = await this.store.read(row.stream, 0, 1);
    if (first?.type !== CLOSED || first.version < row.version)
      throw new Found('versions', `version ${book.version + 1} is missing before version ${row.version}`, row);
    book.begins = first.version;
    return this.goOn(book, line);
  }

  /** A stream of which nothing is known, from its begin to the row before this one. */
  private async readAgain(line: Line): Promise<Book | undefined> {
    const { row } = line;
    const [first] = await this.store.read(row.stream, 0, 1);
    if (!first || !this.isActors(line, lineOf(first))) return this.plainOne(line);
    if (first.type === CLOSED && first.version >= row.version) {
      const book = this.open(row.stream);
      book.begins = first.version;
      return this.goOn(book, line);
    }
    if (first.version > 0 && first.type !== CLOSED)
      throw new Found('versions', `the stream begins at version ${first.version}, and not with its closing row: rows are gone`, row);
    const book = this.open(row.stream);
    for (let from = first.version; from < row.version;) {
      const rows = await this.store.read(row.stream, from, Math.min(PAGE, row.version - from));
      for (const one of rows) this.replay(book, lineOf(one));
      if (rows.length === 0) break;
      from = book.version + 1;
    }
    if (book.version + 1 === row.version) return book;
    throw new Found('versions', `version ${book.version + 1} is missing before version ${row.version}`, row);
  }

  private isActors(line: Line, first: Line): boolean {
    if (first.kind === 'event' || first.kind === 'due') return false;
    return this.claims(first) || this.claims(line);
  }
}
