import type { Outcome, Recorded, Write } from '@waybill/core';
import type { CheckpointAt } from '@waybill/core/store-kit';
import type { Witness } from './faulty-store';
import { actorRow } from './log';
import type { ActorRow, Row } from './log';
import { contentOf } from './messages';
import type { Facts, Fed } from './messages';

interface Source extends Fed {
  readonly position: number;
}

/**
 * What is durable at each moment of a case, and what was said too early: an outcome or a checkpoint that rests on a row
 * which is not there yet. Fed by the stores; asks none of the code under test.
 */
export class Ledger implements Witness {
  readonly problems: string[] = [];
  /** Checkpoints that were saved, oldest first. */
  readonly saves: { readonly consumer: string; readonly position: number }[] = [];
  /** Types that the code which runs does not know: its checkpoints do not speak for them. */
  readonly unknown = new Set<string>();
  private readonly rows = new Map<string, Row>();
  private readonly causes = new Map<string, ActorRow[]>();
  private readonly contents = new Map<string, Set<string>>();
  private readonly sources: Source[] = [];
  private readonly sourceAt = new Map<number, Source>();
  /** Messages by id, from before they have a place: a consumer may be faster than whoever looks their places up. */
  private readonly feeding = new Map<string, Fed[]>();
  private readonly verified = new Map<string, number>();
  /** Which append stored a row, by its place. */
  private readonly appendOf = new Map<string, number>();
  private appends = 0;

  constructor(
    private readonly facts: Facts,
    private readonly store: string,
  ) {}

  begun(id: string, message: Fed): void {
    push(this.feeding, id, message);
  }

  fed(message: Fed, position: number): void {
    const source = { ...message, position };
    this.sources.push(source);
    this.sourceAt.set(position, source);
  }

  durable(rows: readonly Row[]): void {
    for (const row of rows) this.add(row);
  }

  accepted({ stream, events }: Write, first: number): void {
    this.appends++;
    events.forEach((event, i) => {
      const place = `${stream} ${first + i}`;
      if (!this.rows.has(place)) this.appendOf.set(place, this.appends);
      this.add({ ...event, stream, version: first + i });
    });
  }

  /** An outcome was published: everything that it rests on must be durable by now. */
  published(process: string, outcome: Outcome): void {
    const { kind, consumer, type, id, position, stream = '' } = outcome;
    // A handler leaves no row: its outcomes say nothing of the log.
    if (!stream.startsWith(consumer)) return;
    const where = `${process} published ${kind} of ${type} at ${position || id}`;
    const own = this.causes.get(causeKey(stream, position === 0 ? 'command' : this.store, position === 0 ? id : position)) ?? [];
    const wanted = kind === 'parked' || (kind === 'conflict' && position > 0) ? 'parked' : 'took';
    if (kind === 'duplicate') {
      if (own.length === 0 && !this.copyIsDurable(id, position, stream)) this.problems.push(`${where} before a first copy was durable`);
    } else if (!own.some((row) => row.kind === wanted)) this.problems.push(`${where} before its ${wanted} row was durable`);
  }

  saving(checkpoint: string, { position, store }: CheckpointAt): void {
    const consumer = checkpoint.split(':')[0] as string; // behind the colon: the types that it speaks for
    this.saves.push({ consumer, position });
    if (store !== this.store) this.problems.push(`a checkpoint of ${consumer} names the log ${store}`);
    let at = this.verified.get(consumer) ?? 0;
    for (let source = this.sources[at]; source && source.position <= position; source = this.sources[++at]) {
      if (this.unknown.has(source.type)) continue;
      if (this.streamOf(source)?.startsWith(`${consumer}-`) && !this.isDone(consumer, source)) {
        this.problems.push(
          `the checkpoint of ${consumer} went to ${position}, above ${source.type} at ${source.position} without a durable outcome`,
        );
      }
    }
    this.verified.set(consumer, at);
  }

  /** Rows of one cause that came by more than one append, and rows that the store was said to hold but does not. */
  compare(log: readonly Recorded[]): string[] {
    const there = new Map(log.map((row) => [`${row.stream} ${row.version}`, row]));
    const problems: string[] = [];
    for (const [place, row] of this.rows) {
      if (there.get(place)?.id !== row.id) problems.push(`a writer was told that ${row.id} stands at ${place}, which is not so`);
    }
    for (const rows of this.causes.values()) {
      const appends = new Set(rows.map((row) => this.appendOf.get(`${row.stream} ${row.version}`)).filter((n) => n !== undefined));
      if (appends.size > 1) problems.push(`the rows of ${rows[0]?.cause.id} in ${rows[0]?.stream} came by ${appends.size} appends`);
    }
    return problems;
  }

  private add(row: Row): void {
    const place = `${row.stream} ${row.version}`;
    const known = this.rows.get(place);
    if (known && known.id !== row.id) this.problems.push(`${known.id} and ${row.id} were both told to stand at ${place}`);
    if (known) return;
    this.rows.set(place, row);
    const entry = actorRow(row);
    if (!entry) return;
    const { stream, type, data, v, cause, kind } = entry;
    push(this.causes, causeKey(stream, cause.source, cause.source === 'command' ? cause.id : cause.position), entry);
    const fact = this.facts[type];
    if (kind === 'emitted' || !fact?.once || 'raw' in data) return;
    const key = `${stream} ${type} ${fact.once(data)}`;
    this.contents.set(key, (this.contents.get(key) ?? new Set()).add(contentOf(fact, data, v)));
  }

  private copyIsDurable(id: string, position: number, stream: string): boolean {
    const source = this.sourceAt.get(position);
    const candidates = source ? [source] : (this.feeding.get(id) ?? []);
    return candidates.some((fed) => this.streamOf(fed) === stream && this.hasCopy(fed));
  }

  /** A message without a key is done when it stands in the consumer's park stream. */
  private isDone(consumer: string, source: Source): boolean {
    const streams = [this.streamOf(source) as string, `${consumer}:parked`];
    return streams.some((stream) => this.causes.has(causeKey(stream, this.store, source.position))) || this.hasCopy(source);
  }

  private hasCopy(source: Fed): boolean {
    const fact = this.facts[source.type];
    if (!fact?.once) return false;
    const key = `${this.streamOf(source)} ${source.type} ${fact.once(source.data)}`;
    return this.contents.get(key)?.has(contentOf(fact, source.data, source.v)) ?? false;
  }

  private streamOf({ type, data }: Fed): string | undefined {
    return this.facts[type]?.stream(data);
  }
}

function causeKey(stream: string, source: string, at: number | string): string {
  return `${stream} ${source} ${at}`;
}

function push<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
}
