import { canonical } from '@waybill/core';
import type { AnyMessageClass, Message, NewEvent, Recorded } from '@waybill/core';
import { kindOf, messageTypeOf, metaOf, revive, reviveTaken, versionOf } from '@waybill/core/internal';
import type { ActorDefinition, Definition, InputHandler, OnceKey, RowKind, RowMeta } from '@waybill/core/internal';
import { freeze, safely } from './decisions';
import { keyText } from './keys';
import { Memo } from './memo';

/** A row of an actor's stream, taken apart. */
export interface ActorRow {
  readonly row: Recorded;
  readonly kind: RowKind;
  readonly type: string;
  readonly meta: RowMeta;
  /** Undefined where no class knows the type, or the data does not fit it. */
  readonly message: Message | undefined;
  /** Canonical text at the current schema version; the data as stored where there is no message. */
  readonly content: string;
}

type Folding = { readonly message: AnyMessageClass; readonly fold: (message: Message, state: unknown) => unknown };
interface Read {
  readonly message: Message | undefined;
  readonly content: string;
}

/** What the classes in use say of messages and of streams. */
export class Facts {
  readonly actors = new Map<string, ActorDefinition>();
  /** The previous version's classes, where a schedule begins with them. */
  readonly older = new Map<string, ActorDefinition>();
  private readonly names = new Map<string, Definition>();
  /** Today's name of a message, by each name that it has had. */
  private readonly todays = new Map<string, string>();
  /** By name of a message: the current class first, then the previous one. */
  private readonly classes = new Map<string, AnyMessageClass[]>();
  /** Schedules repeat the same few messages: each is read once, and frozen. */
  private readonly valid = new Memo<Read>();
  private readonly taken = new Memo<Read>();
  private readonly fed = new Map<Message, NewEvent>();
  private readonly metas = new Memo<RowMeta>();

  constructor(
    readonly definitions: readonly Definition[],
    readonly before: readonly Definition[] = [],
  ) {
    for (const definition of definitions) this.learn(definition, this.actors);
    for (const definition of before) this.learn(definition, this.older);
    for (const definition of [...before, ...definitions]) this.names.set(definition.name, definition);
  }

  /** The previous version of a class. */
  olderOf({ name }: ActorDefinition): ActorDefinition | undefined {
    return this.older.get(name);
  }

  /** The consumer that an outcome names. */
  named(consumer: string): Definition | undefined {
    return this.names.get(consumer);
  }

  private learn(definition: Definition, actors: Map<string, ActorDefinition>): void {
    if (definition.kind === 'handler') return this.learnAll([...definition.calls]);
    if (definition.kind !== 'projection') actors.set(definition.name, definition);
    this.learnAll([...definition.inputs, ...definition.folds]);
    this.learnAll([...definition.sends, ...definition.refuses].map(([type, message]) => [type, { message }] as const));
  }

  private learnAll(messages: readonly (readonly [string, { readonly message: AnyMessageClass }])[]): void {
    for (const [, { message }] of messages) {
      const { messageType: name, '~options': options } = message;
      for (const type of [name, ...(options.aliases ?? [])]) {
        const known = this.classes.get(type) ?? [];
        if (!known.includes(message)) this.classes.set(type, [...known, message]);
        if (!this.todays.has(type)) this.todays.set(type, this.todays.get(name) ?? name);
      }
    }
  }

  /** The name that a message has today. */
  nameOf(type: string): string {
    return this.todays.get(type) ?? type;
  }

  /** All names that a message has had. */
  namesOf(type: string): string[] {
    return [type, ...[...this.todays].flatMap(([name, today]) => (today === type && name !== type ? [name] : []))];
  }

  /** How a class takes in a message that is named like this today. */
  inputOf({ inputs }: ActorDefinition, type: string): InputHandler | undefined {
    return inputs.get(type) ?? [...inputs].find(([name]) => this.nameOf(name) === type)?.[1];
  }

  /** The business key of a message as one text; undefined without `once`. @throws what the key's function throws. */
  onceText(definition: ActorDefinition, type: string, message: Message): string | undefined {
    const once: OnceKey | undefined = this.inputOf(definition, type)?.once?.(message);
    return once === undefined ? undefined : keyText(type, once);
  }

  /** How it folds one. */
  foldOf({ folds }: ActorDefinition, type: string): Folding | undefined {
    return folds.get(type) ?? [...folds].find(([name]) => this.nameOf(name) === type)?.[1];
  }

  /** The message of an actor's row as the class of this version reads it; undefined where it cannot. */
  readAs(definition: ActorDefinition, { row, meta, type }: ActorRow): Message | undefined {
    const known = (this.inputOf(definition, type) ?? this.foldOf(definition, type))?.message;
    return known && safely(() => taken(known, row.data, meta.v ?? 1));
  }

  /** The class whose stream it is; undefined for a stream that belongs to no actor. */
  actorOf(stream: string): ActorDefinition | undefined {
    const dash = stream.indexOf('-');
    const name = dash < 0 ? '' : stream.slice(0, dash);
    return this.actors.get(name) ?? this.older.get(name);
  }

  /** Whether a class takes messages from the log: sagas, and aggregates that are sent commands by it. */
  readsLog({ kind, inputs, options }: ActorDefinition): boolean {
    if (kind !== 'aggregate') return kind === 'saga';
    return options.fromLog === true || [...this.actors.values()].some(({ sends }) => [...sends.keys()].some((type) => inputs.has(type)));
  }

  /** The message that consumers read from a row of the log, checked by its schema; undefined when it is not valid. */
  messageAt(row: Recorded): Message | undefined {
    return this.readValid(row).message;
  }

  /** Its canonical text. */
  contentAt(row: Recorded): string | undefined {
    const { message, content } = this.readValid(row);
    return message && content;
  }

  private readValid({ type, data, meta }: Recorded): Read {
    return this.valid.of(meta.includes('"v":') ? `${type} ${meta}` : type, data, () => {
      const message = first(this.classes.get(type), (known) => freeze(revive(known, JSON.parse(data), versionIn(meta))));
      return { message, content: message ? canonical(message) : data };
    });
  }

  /** The row that a producer writes of a message, but for its id. */
  asFed(message: Message): NewEvent {
    let row = this.fed.get(message);
    if (!row) {
      const version = versionOf(message.constructor as AnyMessageClass);
      row = { id: '', type: message.type, data: canonical(message), meta: version === 1 ? '{}' : `{"v":${version}}`, time: 0 };
      this.fed.set(message, row);
    }
    return row;
  }

  actorRow(row: Recorded): ActorRow {
    const meta = this.readMeta(row);
    const { kind, type } = kindOf(row.type, meta);
    return { row, meta, kind, type: this.nameOf(type), ...this.readTaken(messageTypeOf(row.type), row.data, meta.v ?? 1) };
  }

  private readMeta(row: Recorded): RowMeta {
    return this.metas.of('', row.meta, () => freeze(metaOf(row)));
  }

  /** As it was taken in: with the defaults of its schema, but not refused by it. */
  private readTaken(type: string, data: string, version: number): Read {
    return this.taken.of(version === 1 ? type : `${type} ${version}`, data, () => {
      const message = first(this.classes.get(type), (known) => taken(known, data, version));
      return { message, content: message ? canonical(message) : data };
    });
  }
}

/** The message as read by the first class that can. */
function first(classes: readonly AnyMessageClass[] = [], read: (known: AnyMessageClass) => Message): Message | undefined {
  for (const known of classes) {
    const message = safely(() => read(known));
    if (message) return message;
  }
  return undefined;
}

function taken(known: AnyMessageClass, data: string, version: number): Message {
  return freeze(safely(() => revive(known, JSON.parse(data), version)) ?? reviveTaken(known, JSON.parse(data), version));
}

export function versionIn(meta: string): number {
  return meta.includes('"v":') ? ((JSON.parse(meta) as RowMeta).v ?? 1) : 1;
}
