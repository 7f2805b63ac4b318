import type { Store } from '@waybill/core';
import { CLOSED, COMMAND_SOURCE } from '@waybill/core/internal';
import type { ActorDefinition } from '@waybill/core/internal';
import { ActorHistory } from './actor-history';
import type { ParsedRow } from './parsed-row';
import { parseRow } from './parsed-row';
import { PlainStreams } from './plain-streams';
import { ViolationError } from './violation';

const PAGE = 1_000;
/** A stream that could be an actor's: its class, a "-", its key. */
const ACTOR = /^[A-Za-z][\w.]{0,63}-./;
const BUCKET = /:due-\d+(\.\d+)?$/;

/** Takes a row of a stream that is read again. */
type Replay = (history: ActorHistory, parsed: ParsedRow) => void;

/**
 * The streams of the log. The history of an actor is kept while it is open; if it was closed, or dropped because too many are open,
 * its stream is read again from the store when another row of it comes.
 */
export class Streams {
  /** How many have begun so far. */
  actors = 0;
  private truncated = false;
  private young = new Map<string, ActorHistory>();
  private old = new Map<string, ActorHistory>();
  private readonly plain: PlainStreams;

  constructor(
    private readonly store: Store,
    private readonly definitionOf: (stream: string) => ActorDefinition | undefined,
    private readonly replay: Replay,
    /** How many histories are kept at once. */
    private readonly limit: number,
  ) {
    this.plain = new PlainStreams(store);
  }

  /**
   * The history of the row's stream up to the row before it; undefined if it is not the stream of an actor.
   * @throws ViolationError `versions`, `rows`
   */
  of(parsed: ParsedRow): ActorHistory | undefined | Promise<ActorHistory | undefined> {
    const { stream, version } = parsed.row;
    const history = this.young.get(stream) ?? this.aged(stream);
    if (history) return this.goOn(history, parsed);
    if (version > 0) return this.plain.has(stream) ? this.plainOne(parsed) : this.readAgain(parsed);
    if (!this.claims(parsed)) return this.plainOne(parsed);
    this.actors++;
    return this.open(stream);
  }

  /** If another row of the stream comes, it is read again. */
  drop(stream: string): void {
    this.young.delete(stream);
    this.old.delete(stream);
  }

  known(stream: string): ActorHistory | undefined {
    return this.young.get(stream) ?? this.old.get(stream);
  }

  /** Whether every row that was ever appended is still there, as far as can be seen. */
  get isWhole(): boolean {
    return !this.plain.hasGaps && !this.truncated;
  }

  *histories(): Generator<ActorHistory> {
    yield* this.young.values();
    for (const [stream, history] of this.old) if (!this.young.has(stream)) yield history;
  }

  private open(stream: string): ActorHistory {
    const history = new ActorHistory(stream, this.definitionOf(stream));
    this.keep(history);
    return history;
  }

  private keep(history: ActorHistory): void {
    if (this.young.size >= this.limit / 2) [this.old, this.young] = [this.young, new Map()];
    this.young.set(history.stream, history);
  }

  private aged(stream: string): ActorHistory | undefined {
    const history = this.old.get(stream);
    if (history) this.keep(history);
    return history;
  }

  /** Whether a row shows that its stream is an actor's: other writers may have copied a cause from elsewhere. */
  private claims({ kind, row, cause }: ParsedRow): boolean {
    if (kind === 'event' || kind === 'due') return false;
    return kind !== 'emitted' || (ACTOR.test(row.stream) && (cause.source === this.store.id || cause.source === COMMAND_SOURCE));
  }

  private plainOne(parsed: ParsedRow): undefined | Promise<undefined> {
    const { kind, row } = parsed;
    if (kind === 'due' ? !BUCKET.test(row.stream) : kind !== 'event' && kind !== 'emitted')
      throw new ViolationError('rows', `${row.type} is in a stream that is not an actor's`, row);
    return this.plain.goOn(row);
  }

  private goOn(history: ActorHistory, parsed: ParsedRow): ActorHistory | Promise<ActorHistory> {
    const { stream, version } = parsed.row;
    if (history.begins === undefined) return version === history.version + 1 ? history : this.afterGap(history, parsed);
    if (version !== history.begins) return history;
    this.actors++;
    return this.open(stream);
  }

  /** If a stream was truncated to its closing row, its public rows stay in the log, with gaps between them. */
  private async afterGap(history: ActorHistory, parsed: ParsedRow): Promise<ActorHistory> {
    const { row } = parsed;
    if (row.version <= history.version)
      throw new ViolationError('versions', `version ${row.version} follows version ${history.version}`, row);
    const [first] = await this.store.read(row.stream, 0, 1);
    if (first?.type !== CLOSED || first.version < row.version)
      throw new ViolationError('versions', `version ${history.version + 1} is missing before version ${row.version}`, row);
    history.begins = first.version;
    this.truncated = true;
    return this.goOn(history, parsed);
  }

  /** Reads a stream of which nothing is known, from its beginning to the row before this one. */
  private async readAgain(parsed: ParsedRow): Promise<ActorHistory | undefined> {
    const { row } = parsed;
    const [first] = await this.store.read(row.stream, 0, 1);
    if (!first || !this.isActors(parsed, parseRow(first))) return this.plainOne(parsed);
    if (first.type === CLOSED && first.version >= row.version) {
      const history = this.open(row.stream);
      history.begins = first.version;
      this.truncated = true;
      return this.goOn(history, parsed);
    }
    if (first.version > 0 && first.type !== CLOSED)
      throw new ViolationError('versions', `the stream begins at version ${first.version}, not with its closing row: rows are gone`, row);
    const history = this.open(row.stream);
    for (let from = first.version; from < row.version;) {
      const rows = await this.store.read(row.stream, from, Math.min(PAGE, row.version - from));
      for (const one of rows) this.replay(history, parseRow(one));
      if (rows.length === 0) break;
      from = history.version + 1;
    }
    if (history.version + 1 === row.version) return history;
    throw new ViolationError('versions', `version ${history.version + 1} is missing before version ${row.version}`, row);
  }

  private isActors(parsed: ParsedRow, first: ParsedRow): boolean {
    if (first.kind === 'event' || first.kind === 'due') return false;
    return this.claims(first) || this.claims(parsed);
  }
}
