import { canonical, metaOf, PARKED, revive, reviveTaken, TOOK, versionOf } from '@waybill/core';
import { freeze, safely } from './decisions';
import type { ActorDefinition, AnyMessageClass, Definition, Message, OnceKey, Recorded, RowMeta } from '@waybill/core';

/** A row of an actor's stream, taken apart. */
export interface ActorRow {
  readonly row: Recorded;
  readonly kind: 'took' | 'parked' | 'emitted';
  readonly type: string;
  readonly meta: RowMeta;
  /** Undefined where the classes know no such type, or the data is none of it. */
  readonly message: Message | undefined;
  /** Canonical text as of today's schema version; the data as it stands where there is no message. */
  readonly content: string;
}

/** What classes say of messages. */
export class Facts {
  readonly actors = new Map<string, ActorDefinition>();
  /** The classes of yesterday, where a schedule begins with them. */
  readonly older = new Map<string, ActorDefinition>();
  /** By name of a message: today's class first, then yesterday's. */
  private readonly classes = new Map<string, AnyMessageClass[]>();
  /** Schedules repeat the same few messages: each is read once, and frozen. */
  private readonly valid = new Map<string, Message | null>();
  private readonly taken = new Map<string, { readonly message: Message | undefined; readonly content: string }>();

  constructor(
    readonly definitions: readonly Definition[],
    readonly before: readonly Definition[] = [],
  ) {
    for (const definition of definitions) this.learn(definition, this.actors);
    for (const definition of before) this.learn(definition, this.older);
  }

  private learn(definition: Definition, actors: Map<string, ActorDefinition>): void {
    if (definition.kind === 'handler') return this.learnAll([...definition.calls]);
    if (definition.kind !== 'projection') actors.set(definition.name, definition);
    this.learnAll([...definition.takings, ...definition.folds]);
    this.learnAll([...definition.sends].map(([type, message]) => [type, { message }] as const));
  }

  private learnAll(messages: readonly (readonly [string, { readonly message: AnyMessageClass }])[]): void {
    for (const [type, { message }] of messages) {
      const known = this.classes.get(type) ?? [];
      if (!known.includes(message)) this.classes.set(type, [...known, message]);
    }
  }

  /** Whose stream it is; undefined for one of no actor. */
  actorOf(stream: string): ActorDefinition | undefined {
    const dash = stream.indexOf('-');
    const name = dash < 0 ? '' : stream.slice(0, dash);
    return this.actors.get(name) ?? this.older.get(name);
  }

  /** Whether a class takes messages from the log: sagas, and aggregates that are sent commands by it. */
  readsLog({ kind, takings, options }: ActorDefinition): boolean {
    if (kind !== 'aggregate') return kind === 'saga';
    return options.fromLog === true || [...this.actors.values()].some(({ sends }) => [...sends.keys()].some((type) => takings.has(type)));
  }

  /** The message that a row of the log is for its consumers, by its schema; undefined when it is not valid. */
  messageAt({ type, data, meta }: Recorded): Message | undefined {
    const key = `${type} ${meta.includes('"v":') ? meta : ''} ${data}`;
    let message = this.valid.get(key);
    if (message === undefined) {
      const read = (known: AnyMessageClass): Message => freeze(revive(known, JSON.parse(data), versionIn(meta)));
      message = first(this.classes.get(type), read) ?? null;
      bounded(this.valid).set(key, message);
    }
    return message ?? undefined;
  }

  actorRow(row: Recorded): ActorRow {
    const took = row.type.startsWith(TOOK);
    const parked = !took && row.type.startsWith(PARKED);
    const type = row.type.slice(took ? TOOK.length : parked ? PARKED.length : 0);
    const meta = metaOf(row);
    return { row, kind: took ? 'took' : parked ? 'parked' : 'emitted', type, meta, ...this.readTaken(type, row.data, meta.v ?? 1) };
  }

  /** As it was taken in: no schema is asked. */
  private readTaken(type: string, data: string, version: number): { readonly message: Message | undefined; readonly content: string } {
    const key = `${type} ${version} ${data}`;
    let read = this.taken.get(key);
    if (!read) {
      const message = first(this.classes.get(type), (known) => freeze(reviveTaken(known, JSON.parse(data), version)));
      const today = message && versionOf(message.constructor as AnyMessageClass) !== version;
      read = { message, content: today ? canonical(message) : data };
      bounded(this.taken).set(key, read);
    }
    return read;
  }
}

/** What the first class makes that can read it. */
function first(classes: readonly AnyMessageClass[] = [], read: (known: AnyMessageClass) => Message): Message | undefined {
  for (const known of classes) {
    const message = safely(() => read(known));
    if (message) return message;
  }
  return undefined;
}

function bounded<V>(cache: Map<string, V>): Map<string, V> {
  if (cache.size > 20_000) cache.clear();
  return cache;
}

function versionIn(meta: string): number {
  return meta.includes('"v":') ? ((JSON.parse(meta) as RowMeta).v ?? 1) : 1;
}

/** What an actor takes from the log: all but its deadlines. */
export function logTypes({ takings }: ActorDefinition): string[] {
  return [...takings].filter(([, { deadline }]) => !deadline).map(([type]) => type);
}

/** Which actor of this class a message is for: its stream, none, or no answer at all. */
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
  const once: OnceKey | undefined = definition.takings.get(type)?.once?.(message);
  return once === undefined ? undefined : `${type} ${typeof once} ${once}`;
}
