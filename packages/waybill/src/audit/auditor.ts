import type { Definition, Recorded, Store } from '@waybill/core';
import type { Book } from './book';
import { Checking } from './checking';
import type { Asked } from './checking';
import { lineOf } from './line';
import type { Line } from './line';
import { enter } from './rules';
import { after, holdSource, Sources, sourceOf } from './sources';
import { Streams } from './streams';
import { Found } from './violation';

export interface Auditing extends Asked {
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

  /** Before the head is asked for. */
  begin(): Promise<void> {
    return this.checking?.begin() ?? Promise.resolve();
  }

  /** What can be told when all rows went by; `checkpoints` from before the head was asked for. */
  async end(checkpoints: ReadonlyMap<string, number>): Promise<void> {
    const { checking } = this;
    if (!checking) return;
    const looks: (() => void | Promise<void>)[] = [...this.streams.books()].map((book) => () => checking.endOf(book, checkpoints));
    for (const look of [...looks, () => checking.end(checkpoints)]) {
      try {
        await look();
      } catch (error) {
        if (!this.auditing.found(error)) return;
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
    const { checking } = this;
    if (!book) return line.kind === 'due' && checking ? this.due(checking, line) : checking?.sent(line);
    const time = checking?.beforeRow(book, line);
    enter(book, line, this.before === line.row.stream);
    const source = sourceOf(this.store, this.sources, line);
    const held = (one: Recorded | undefined | null): void | Promise<void> => {
      const holds = one === null ? undefined : holdSource(this.store, line, one);
      return after(holds, () => after(checking?.row(book, line, one ?? undefined, time), () => this.leave(book)));
    };
    return source instanceof Promise ? source.then(held) : held(source);
  }

  private due(checking: Checking, line: Line): void | Promise<void> {
    const source = sourceOf(this.store, this.sources, line);
    return source instanceof Promise ? source.then((one) => checking.due(line, one)) : checking.due(line, source ?? undefined);
  }

  private leave(book: Book): void {
    if (!book.isDone) return;
    this.streams.drop(book.stream);
    this.checking?.drop(book.stream);
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
