import { canonical, metaOf, PARKED, revive, reviveTaken, TOOK, versionOf } from '@waybill/core';
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

/** What classes say of messages, read once per schedule and row. */
export class Facts {
  readonly actors = new Map<string, ActorDefinition>();
  private readonly classes = new Map<string, AnyMessageClass>();
  private read = new Map<number, Message | undefined>();

  constructor(readonly definitions: readonly Definition[]) {
    for (const definition of definitions) {
      if (definition.kind === 'handler') {
        for (const [type, { message }] of definition.calls) this.classes.set(type, message);
        continue;
      }
      if (definition.kind !== 'projection') this.actors.set(definition.name, definition);
      for (const [type, { message }] of [...definition.takings, ...definition.folds]) this.classes.set(type, message);
    }
  }

  /** Forgets the rows of the schedule before. */
  begin(): void {
    this.read = new Map();
  }

  /** Whose stream it is; undefined for one of no actor. */
  actorOf(stream: string): ActorDefinition | undefined {
    const dash = stream.indexOf('-');
    return dash < 0 ? undefined : this.actors.get(stream.slice(0, dash));
  }

  /** The message that a row of the log is for its consumers, by its schema; undefined when it is not valid. */
  messageAt(row: Recorded): Message | undefined {
    if (this.read.has(row.position)) return this.read.get(row.position);
    let message: Message | undefined;
    try {
      const known = this.classes.get(row.type);
      message = known && revive(known, JSON.parse(row.data), metaOf(row).v ?? 1);
    } catch {
      message = undefined;
    }
    this.read.set(row.position, message);
    return message;
  }

  actorRow(row: Recorded): ActorRow {
    const took = row.type.startsWith(TOOK);
    const parked = !took && row.type.startsWith(PARKED);
    const type = row.type.slice(took ? TOOK.length : parked ? PARKED.length : 0);
    const meta = metaOf(row);
    const known = this.classes.get(type);
    let message: Message | undefined;
    let content = row.data;
    try {
      message = known && reviveTaken(known, JSON.parse(row.data), meta.v ?? 1);
      if (known && message && (meta.v ?? 1) !== versionOf(known)) content = canonical(message);
    } catch {
      message = undefined;
    }
    return { row, kind: took ? 'took' : parked ? 'parked' : 'emitted', type, meta, message, content };
  }
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
