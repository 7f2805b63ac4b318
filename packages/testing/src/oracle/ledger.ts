import { OUTCOMES } from '@waybill/core';
import type { Counts, Outcome, Recorded, Runtime } from '@waybill/core';
import { checkpointName, clockCheckpoint, COMMAND_SOURCE, messageTypeOf, setsDeadline } from '@waybill/core/internal';
import type { ActorDefinition, Definition } from '@waybill/core/internal';
import type { CheckpointAt } from '@waybill/core/store-kit';
import { hasCopy } from './actor-log';
import type { ActorLog, Report } from './actor-log';
import { safely } from './decisions';
import { digest } from './digest';
import { logTypes, streamFor } from './keys';
import type { Facts } from './facts';
import type { Oracle } from './oracle';
import type { Traces } from './traces';
import type { Witness } from './verdicts';

/** I7, I15: compares each outcome and each checkpoint, at the moment it is published or saved, with what is durable by then. */
export class Ledger {
  /** By stream and cause: the outcome that was published, duplicates and parks left out. */
  private readonly outcomes = new Map<string, string>();
  private readonly ended = new Map<Definition, Set<number>>();
  private readonly verified = new Map<string, number>();
  private readonly clocks = new Map<string, ActorDefinition>();
  private readonly consumers = new Map<string, Definition>();

  constructor(
    private readonly facts: Facts,
    private readonly oracle: Oracle,
    private readonly traces: Traces,
    private readonly witness: Pick<Witness, 'store' | 'rows' | 'rowAt' | 'whenDue'>,
    private readonly wrong: Report,
  ) {
    for (const definition of [...facts.before, ...facts.definitions]) {
      const { name } = definition;
      if (definition.kind === 'handler' || definition.kind === 'projection') this.consumers.set(name, definition);
      else if (facts.readsLog(definition))
        this.consumers.set(checkpointName(name, logTypes(definition), { hash: digest } as Runtime), definition);
      if (definition.kind === 'saga') this.clocks.set(clockCheckpoint(definition, { hash: digest } as Runtime), definition);
    }
  }

  published(worker: string, outcome: Outcome): void {
    const { kind, consumer, type, id, position, stream = '' } = outcome;
    const row = position > 0 ? this.witness.rowAt(position) : undefined;
    const where = (): string =>
      `worker ${worker} published "${kind}" of ${type} ${position > 0 ? `at position ${position}` : id} by "${consumer}"`;
    const definition = this.facts.named(consumer);
    if (!definition) return this.wrong('I15', `${where()}, which is not in use`);
    if (definition.kind !== 'saga' && definition.kind !== 'aggregate') {
      if (row && !this.hasEnded(definition, row)) this.wrong('I7', `${where()} before its outcome was durable`);
      return;
    }
    if (kind === 'late') return;
    const log = this.oracle.actors.get(stream);
    const key = position === 0 ? `${COMMAND_SOURCE} ${id}` : String(position);
    const standing = log?.causes.get(key);
    if (kind === 'duplicate') {
      const known = standing !== undefined || (row !== undefined && this.hasEnded(definition, row));
      if (!known) this.wrong('I7', `${where()} before a first copy was durable`);
      return;
    }
    // A command with other content under a known id: nothing is written, but what it contradicts is durable.
    const refused = kind === 'conflict' && position === 0;
    const parks = kind === 'parked' || (kind === 'conflict' && !refused);
    const taken = standing !== undefined && (kind !== 'applied' || standing !== 'parked');
    if (!taken && !(parks && this.traces.parked.has(`${consumer} ${position}`))) this.wrong('I7', `${where()} before its row was durable`);
    if (parks || refused) return;
    const before = this.outcomes.get(`${stream} ${key}`);
    if (before !== undefined) this.wrong('I15', `${where()}, which was published as "${before}" before`);
    this.outcomes.set(`${stream} ${key}`, kind);
  }

  /** I15, at the end of a worker: all that it has received has an outcome, and each outcome was published. */
  account(worker: string, counts: Counts, published: Readonly<Record<string, number>>): void {
    let sum = 0;
    for (const kind of OUTCOMES) {
      sum += counts[kind];
      if (counts[kind] !== (published[kind] ?? 0))
        this.wrong('I15', `worker ${worker} counts ${counts[kind]} ${kind}, it published ${published[kind] ?? 0}`);
    }
    if (counts.waiting !== 0 || counts.received !== sum)
      this.wrong(
        'I15',
        `worker ${worker} received ${counts.received} messages, published ${sum} outcomes, and ${counts.waiting} wait after its stop`,
      );
  }

  /** I7: all that this consumer takes, at or below the position, has a durable outcome. */
  saving(worker: string, checkpoint: string, { position, store }: CheckpointAt): void {
    if (store !== this.witness.store) this.wrong('I7', `worker ${worker} saved a checkpoint of ${checkpoint} that names the log ${store}`);
    const clock = this.clocks.get(checkpoint);
    if (clock !== undefined) return this.savingClock(worker, checkpoint, clock, position);
    const definition = this.consumers.get(checkpoint);
    if (!definition) return;
    const { rows } = this.witness;
    let at = this.verified.get(checkpoint) ?? 0;
    for (let row = rows[at]; row && row.position <= position; row = rows[++at]) {
      if (this.hasEnded(definition, row)) continue;
      this.wrong(
        'I7',
        `worker ${worker} saved the checkpoint of "${definition.name}" at ${position}, above ${row.type} at ${row.position}, which has no durable outcome`,
      );
    }
    this.verified.set(checkpoint, at);
  }

  /** I7: each deadline that is pending, at or below the position, is in a bucket on disk, so that a later run finds it when it is due. */
  private savingClock(worker: string, checkpoint: string, { name: saga, inputs }: ActorDefinition, position: number): void {
    const { rows } = this.witness;
    let at = this.verified.get(checkpoint) ?? 0;
    for (let row = rows[at]; row && row.position <= position; row = rows[++at]) {
      const sets = row.stream.startsWith(`${saga}-`) && setsDeadline(row) && inputs.has(messageTypeOf(row.type));
      if (sets && this.isPending(row) && !this.traces.kept.has(`${saga} ${row.position}`))
        this.wrong(
          'I7',
          `worker ${worker} saved the checkpoint of the deadlines of "${saga}" at ${position}, above the one at ${row.position}, which is in no bucket`,
        );
    }
    this.verified.set(checkpoint, at);
  }

  /** I5: whoever is told that time is up has heard before all that was in the log in time. */
  fires({ stream }: ActorLog, fired: Recorded, due: number): void {
    const { head = 0, definition } = this.witness.whenDue?.(fired, due) ?? {};
    for (const row of definition ? this.witness.rows : []) {
      if (!definition || row.position > head) return;
      if (row.time >= due || !logTypes(definition).includes(row.type)) continue;
      const message = this.facts.messageAt(row);
      const place = message && streamFor(definition, message);
      if (typeof place !== 'object' || place.stream !== stream || this.hasEnded(definition, row)) continue;
      this.wrong(
        'I5',
        `${fired.type} at version ${fired.version} of ${stream} was due at ${due} and is told before ${row.type} at position ${row.position}, which was in the log by then`,
      );
    }
  }

  private isPending({ stream, version }: Recorded): boolean {
    const { pending = new Map<string, { readonly version: number }>() } = this.oracle.actors.get(stream) ?? {};
    return [...pending.values()].some((deadline) => deadline.version === version);
  }

  /** I2, at rest: nothing that is in the log is lost. */
  complete(): void {
    for (const definition of this.consumers.values()) {
      for (const row of this.witness.rows) {
        if (!this.hasEnded(definition, row))
          this.wrong(
            'I2',
            `${row.type} at position ${row.position} (${row.data}) is lost for "${definition.name}": no row accounts for it`,
          );
      }
    }
  }

  /** Whether a message of the log has a durable outcome at this consumer, or is not for it. Once true, always true. */
  hasEnded(definition: Definition, row: Recorded): boolean {
    let ended = this.ended.get(definition);
    if (!ended) this.ended.set(definition, (ended = new Set()));
    if (ended.has(row.position)) return true;
    if (this.look(definition, row)) ended.add(row.position);
    return ended.has(row.position);
  }

  private look(definition: Definition, row: Recorded): boolean {
    if (definition.kind === 'handler') {
      if (!definition.calls.has(row.type)) return true;
      const at = `${definition.name} ${row.position}`;
      if (this.traces.parked.has(at)) return true;
      return definition.delivery === 'at-most-once' ? this.traces.marked.has(at) : this.traces.carried.has(at);
    }
    const takes = definition.kind === 'projection' ? definition.folds : definition.inputs;
    if (definition.kind !== 'projection' && !this.facts.readsLog(definition)) return true;
    if (!takes.has(row.type)) return true;
    if (this.traces.parked.size > 0 && this.traces.parked.has(`${definition.name} ${row.position}`)) return true;
    const message = this.facts.messageAt(row);
    if (!message) return this.isParkedUnread(definition.name, row);
    const place = streamFor(definition, message);
    if (place === 'nobody') return true;
    if (place === 'invalid') return false;
    if (definition.kind === 'projection') return (this.traces.views.get(place.stream) ?? 0) >= row.position;
    const log = this.oracle.actors.get(place.stream);
    if (!log) return false;
    if (log.causes.has(String(row.position))) return true;
    const content = this.facts.contentAt(row) ?? row.data;
    return [definition, log.definition, this.facts.olderOf(log.definition)].some((each) => {
      const once = each && safely(() => this.facts.onceText(each, this.facts.nameOf(row.type), message));
      return once !== undefined && hasCopy(log, once, content);
    });
  }

  /** An invalid message is parked in its actor's stream, if it has a key, or in the park stream. */
  private isParkedUnread(actor: string, row: Recorded): boolean {
    for (const log of this.oracle.actors.values()) if (log.definition.name === actor && log.causes.has(String(row.position))) return true;
    return false;
  }
}
