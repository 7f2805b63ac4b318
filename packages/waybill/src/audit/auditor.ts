import type { Recorded, Store } from '@waybill/core';
import type { Definition } from '@waybill/core/internal';
import type { ActorHistory } from './actor-history';
import { ClassChecks } from './class-checks';
import type { CheckOptions } from './class-checks';
import { parseRow } from './parsed-row';
import type { ParsedRow } from './parsed-row';
import { checkRow } from './rules';
import { andThen, checkSource, Sources, sourceOf } from './sources';
import { Streams } from './streams';
import { ViolationError } from './violation';

interface AuditorOptions extends CheckOptions {
  readonly limit: number;
  /** Keeps a violation, and returns whether to go on. @throws any other error */
  readonly found: (error: unknown) => boolean;
}

/** Takes the rows of a log in order and checks each against what came before it. */
export class Auditor {
  rows = 0;
  position = 0;
  private readonly sources: Sources;
  private readonly streams: Streams;
  private readonly checks: ClassChecks | undefined;
  /** Streams with a violation, which are not checked any further. */
  private readonly abandoned = new Set<string>();
  private before = '';

  constructor(
    private readonly store: Store,
    definitions: readonly Definition[],
    private readonly options: AuditorOptions,
  ) {
    this.sources = new Sources(store);
    const foldOf = (stream: string) => this.streams.known(stream)?.fold;
    if (definitions.length > 0) this.checks = new ClassChecks(store, definitions, this.sources, foldOf, options);
    const replay = (history: ActorHistory, parsed: ParsedRow): void => {
      checkRow(history, parsed, true);
      this.checks?.replay(history, parsed);
    };
    this.streams = new Streams(store, (stream) => this.checks?.definitionOf(stream), replay, options.limit);
  }

  get unread(): ReadonlyMap<string, string> {
    return this.checks?.unread ?? new Map<string, string>();
  }

  get actors(): number {
    return this.streams.actors;
  }

  /** False when enough violations were found. */
  async page(rows: readonly Recorded[]): Promise<boolean> {
    const parsedRows = rows.map(parseOrViolation);
    this.sources.keep(parsedRows);
    for (let i = 0; i < rows.length; i++) {
      const row = rows[i] as Recorded;
      try {
        const pending = this.look(row, parsedRows[i] as ParsedRow | ViolationError);
        if (pending) await pending;
      } catch (error) {
        if (!this.options.found(error)) return false;
        this.abandoned.add(row.stream);
        this.streams.drop(row.stream);
      }
      this.rows++;
      this.position = row.position;
      this.before = row.stream;
    }
    return true;
  }

  /** What can be checked when all rows have gone by; `checkpoints` from before the head was read. */
  async end(checkpoints: ReadonlyMap<string, number>): Promise<void> {
    const { checks } = this;
    if (!checks) return;
    const looks: (() => void | Promise<void>)[] = [...this.streams.histories()].map((history) => () => checks.endOf(history, checkpoints));
    for (const look of [...looks, () => checks.end(checkpoints, this.streams.isWhole)]) {
      try {
        await look();
      } catch (error) {
        if (!this.options.found(error)) return;
      }
    }
  }

  private look(row: Recorded, parsed: ParsedRow | ViolationError): void | Promise<void> {
    if (row.position <= this.position)
      throw new ViolationError('versions', `position ${row.position} follows position ${this.position}`, row);
    if (this.abandoned.has(row.stream)) return;
    if (parsed instanceof ViolationError) throw parsed;
    const history = this.streams.of(parsed);
    return history instanceof Promise ? history.then((one) => this.check(one, parsed)) : this.check(history, parsed);
  }

  private check(history: ActorHistory | undefined, parsed: ParsedRow): void | Promise<void> {
    const { checks } = this;
    if (!history) return parsed.kind === 'due' && checks ? this.due(checks, parsed) : checks?.sent(parsed);
    const time = checks?.beforeRow(history, parsed);
    checkRow(history, parsed, this.before === parsed.row.stream);
    const source = sourceOf(this.store, this.sources, parsed);
    const held = (one: Recorded | undefined | null): void | Promise<void> => {
      const holds = one === null ? undefined : checkSource(this.store, parsed, one);
      return andThen(holds, () => andThen(checks?.row(history, parsed, one ?? undefined, time), () => this.leave(history)));
    };
    return source instanceof Promise ? source.then(held) : held(source);
  }

  private due(checks: ClassChecks, parsed: ParsedRow): void | Promise<void> {
    const source = sourceOf(this.store, this.sources, parsed);
    return source instanceof Promise ? source.then((one) => checks.due(parsed, one)) : checks.due(parsed, source ?? undefined);
  }

  private leave(history: ActorHistory): void {
    if (!history.isDone) return;
    this.streams.drop(history.stream);
    this.checks?.drop(history.stream);
  }
}

function parseOrViolation(row: Recorded): ParsedRow | ViolationError {
  try {
    return parseRow(row);
  } catch (error) {
    if (error instanceof ViolationError) return error;
    throw error;
  }
}
