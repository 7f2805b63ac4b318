import type { Recorded, Runtime, Store, Views } from '@waybill/core';
import type { ActorDefinition, Definition, Fold } from '@waybill/core/internal';
import type { Reader } from '../base/readers';
import { Attempts } from './attempts';
import type { ActorHistory } from './actor-history';
import { Buckets } from './buckets';
import { checkContent } from './content';
import { checkExpected, inWords, expectedRows } from './decisions';
import { Folds } from './folds';
import type { ParsedRow } from './parsed-row';
import { InTime } from './in-time';
import { LostMessages } from './lost-messages';
import type { Sources } from './sources';
import { andThen } from './sources';
import { UNTOLD } from './rules';
import { ViewRows } from './view-rows';
import { ViolationError } from './violation';

export interface CheckOptions {
  readonly readers: readonly Reader[];
  readonly runtime: Runtime;
  readonly decisions: boolean;
  readonly views: Views | undefined;
}

/** The checks that need the classes that wrote the log. */
export class ClassChecks {
  private readonly folds: Folds;
  private readonly lost: LostMessages;
  private readonly attempts: Attempts;
  private readonly buckets: Buckets;
  private readonly inTime: InTime;
  private readonly viewRows: ViewRows | undefined;

  constructor(
    private readonly store: Store,
    definitions: readonly Definition[],
    sources: Sources,
    foldOf: (stream: string) => Fold | undefined,
    private readonly options: CheckOptions,
  ) {
    this.folds = new Folds(definitions, store, options.runtime);
    this.lost = new LostMessages(options.readers, store, options.runtime, sources, foldOf);
    this.attempts = new Attempts(options.readers);
    this.buckets = new Buckets(options.readers);
    this.inTime = new InTime(store, options.runtime);
    this.viewRows = options.views && new ViewRows(options.readers, store, options.views, options.runtime, options.decisions);
  }

  definitionOf(stream: string): ActorDefinition | undefined {
    return this.folds.definitionOf(stream);
  }

  /** A message that some class may take. */
  sent(parsed: ParsedRow): void {
    if (parsed.kind !== 'event' && parsed.kind !== 'emitted') return;
    this.lost.sent(parsed);
    this.attempts.sent(parsed);
    this.viewRows?.sent(parsed.row);
  }

  /** A deadline in a bucket. @throws ViolationError `deadlines` */
  due(parsed: ParsedRow, source: Recorded | undefined): void {
    this.buckets.kept(parsed, source);
  }

  /** A row of a stream that is read again. */
  replay(history: ActorHistory, parsed: ParsedRow): void {
    this.folds.start(history);
    this.folds.apply(history, parsed);
  }

  /** Returns the time that the row's method was given, if the log holds it. @throws ViolationError `I3`, `I6` */
  beforeRow(history: ActorHistory, parsed: ParsedRow): number | undefined {
    const { expected } = history;
    if (expected) {
      checkExpected(expected.rows, expected.at, parsed);
      expected.at++;
    }
    const { of = -1 } = parsed.meta;
    return history.parks?.get(of)?.at ?? history.pendingAt(of)?.[1].due;
  }

  /** After the row was checked against its stream; the fold does not include it yet. @throws ViolationError */
  row(history: ActorHistory, parsed: ParsedRow, source: Recorded | undefined, time: number | undefined): void | Promise<void> {
    this.sent(parsed);
    if (history.begins !== undefined && parsed.row.version < history.begins) return;
    const begun = history.definition && !history.fold ? this.folds.begin(history, parsed) : undefined;
    return andThen(begun, () => {
      const isInput = parsed.kind === 'took' || parsed.kind === 'parked' || parsed.kind === 'noted';
      const traced = isInput ? this.input(history, parsed, source, time) : undefined;
      return andThen(traced, () => this.folds.apply(history, parsed));
    });
  }

  /** @throws ViolationError `I6`, `deadlines` */
  endOf(history: ActorHistory, checkpoints: ReadonlyMap<string, number>): void {
    const { expected, stream, version, position } = history;
    const next = expected?.rows[expected.at];
    if (next)
      throw new ViolationError('I6', `the ${inWords(next)} that the last message leads to is missing`, { stream, version, position });
    if (history.group?.leads === 'refusal') throw new ViolationError('I6', UNTOLD, { stream, version, position });
    this.buckets.endOf(history, checkpoints);
  }

  /** @throws ViolationError `I2`, `I9` */
  async end(checkpoints: ReadonlyMap<string, number>, isWhole: boolean): Promise<void> {
    await this.folds.end();
    await this.lost.end(checkpoints);
    await this.attempts.end(this.store, checkpoints);
    await this.viewRows?.end(isWhole);
  }

  /** By stream: why only newer code can read it. */
  get unread(): ReadonlyMap<string, string> {
    return this.folds.unread;
  }

  drop(stream: string): void {
    this.folds.drop(stream);
  }

  private input(history: ActorHistory, parsed: ParsedRow, source: Recorded | undefined, time: number | undefined): void | Promise<void> {
    const { definition } = history;
    this.attempts.traced(parsed);
    return andThen(this.lost.traced(parsed), () => {
      history.expected = undefined;
      if (!definition || parsed.kind === 'noted') return;
      if (source) checkContent(definition, parsed, source);
      const told = parsed.kind === 'took' && history.fired.length > 0 ? this.inTime.took(history, parsed, source) : undefined;
      return andThen(told, () => this.decide(history, parsed, source, time));
    });
  }

  private decide(history: ActorHistory, parsed: ParsedRow, source: Recorded | undefined, time: number | undefined): void {
    const { definition, fold } = history;
    if (!definition) return;
    if (parsed.kind !== 'took' || !this.options.decisions || !fold) return;
    const rows = expectedRows(definition, fold, parsed, time ?? source?.time);
    history.expected = rows && { rows, at: 0 };
  }
}
