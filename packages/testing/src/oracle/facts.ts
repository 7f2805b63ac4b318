import { canonical } from '@waybill/core';
import type { AnyMessageClass, Message, NewEvent, Recorded } from '@waybill/core';
import { kindOf, messageTypeOf, metaOf, revive, reviveTaken, versionOf } from '@waybill/core/internal';
import type { ActorDefinition, Definition, OnceKey, RowKind, RowMeta } from '@waybill/core/internal';
import { freeze, safely } from './decisions';
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

  /** The consumer that an outcome names. */
  named(consumer: string): Definition | undefined {
    return this.names.get(consumer);
  }

  private learn(definition: Definition, actors: Map<string, ActorDefinition>): void {
    if (definition.kind === 'handler') return this.learnAll([...definition.calls]);
    if (definition.kind !== 'projection') actors.set(definition.name, definition);
    this.learnAll([...definition.inputs, ...definition.folds]);
    this.learnAll([...definition.sends].map(([type, message]) => [type, { message }] as const));
  }

  private learnAll(messages: readonly (readonly [string, { readonly message: AnyMessageClass }])[]): void {
    for (const [type, { message }] of messages) {
      const known = this.classes.get(type) ?? [];
      if (!known.includes(message)) this.classes.set(type, [...known, message]);
    }
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
    return { row, meta, ...kindOf(row.type, meta), ...this.readTaken(messageTypeOf(row.type), row.data, meta.v ?? 1) };
  }

  private readMeta(row: Recorded): RowMeta {
    return this.metas.of('', row.meta, () => freeze(metaOf(row)));
  }

  /** As it was taken in: not checked by its schema again. */
  private readTaken(type: string, data: string, version: number): Read {
    return this.taken.of(version === 1 ? type : `${type} ${version}`, data, () => {
      const message = first(this.classes.get(type), (known) => freeze(reviveTaken(known, JSON.parse(data), version)));
      const upcast = message && versionOf(message.constructor as AnyMessageClass) !== version;
      return { message, content: upcast ? canonical(message) : data };
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

function versionIn(meta: string): number {
  return meta.includes('"v":') ? ((JSON.parse(meta) as RowMeta).v ?? 1) : 1;
}

/** Types that an actor takes from the log: all but its deadlines. */
export function logTypes({ inputs }: ActorDefinition): string[] {
  return [...inputs].filter(([, { deadline }]) => !deadline).map(([type]) => type);
}

/** The stream of the actor that a message is for: `nobody` where `key()` names none, `invalid` where it throws or gives no text. */
export function streamFor(definition: ActorDefinition, message: Message): { readonly stream: string } | 'nobody' | 'invalid' {
  try {
    const key = definition.key(message);
    if (key === undefined) return 'nobody';
    return typeof key === 'string' && key !== '' ? { stream: `${definition.name}-${key}` } : 'invalid';
  } catch {
    return 'invalid';
  }
}

/** The business key of a message as one text; undefined without `once`. @throws what the key's function throws. */
export function onceText(definition: ActorDefinition, type: string, message: Message): string | undefined {
  const once: OnceKey | undefined = definition.inputs.get(type)?.once?.(message);
  return once === undefined ? undefined : `${type} ${typeof once} ${once}`;
}
