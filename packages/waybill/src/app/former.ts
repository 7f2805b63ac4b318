import { WaybillError } from '@waybill/core';
import type { Recorded, Runtime, Store } from '@waybill/core';
import {
  CLOSED,
  TOOK,
  damaged,
  fieldsOf,
  kindOf,
  messageNamed,
  messageTypeOf,
  metaOf,
  readStream,
  retryTransient,
} from '@waybill/core/internal';
import type { ActorDefinition, Definition } from '@waybill/core/internal';

/** Rows of types that a class has taken and that no class knows any more. */
export interface Unread {
  readonly consumer: string;
  readonly type: string;
  readonly stream: string;
  readonly version: number;
  readonly position: number;
  readonly fix: string;
}

/** What the mark of a class says: it has run on this log, and took these types. */
interface Mark {
  readonly version: number;
  readonly types: readonly string[];
}

/**
 * What a release may have left behind without a word: actors under a name that no class has, and messages under one that no class
 * takes. Each class leaves a mark with the snapshots of the store when it has started: so the log is read only for a class that has
 * never run on it, up to the first row that it has written, and for types that a class took and no longer knows.
 */
export class FormerNames {
  private readonly marks = new Map<string, Mark>();

  constructor(
    private readonly store: Store,
    private readonly definitions: readonly Definition[],
    private readonly runtime: Runtime,
  ) {}

  /** Looks before the start, and leaves the marks once all is ready. @throws WaybillError `CLASS_RENAMED`, and what `start` throws */
  async around(told: { unread(rows: readonly Unread[]): void }, start: (ready: () => Promise<void>) => Promise<void>): Promise<void> {
    told.unread(await this.look());
    await start(() => this.keep());
  }

  private async look(): Promise<readonly Unread[]> {
    const unread: Unread[] = [];
    for (const definition of this.definitions) {
      const mark = await this.load(definition.name);
      if (mark) this.marks.set(definition.name, mark);
      else if (isActor(definition)) await this.patiently(() => this.refuseRenamed(definition));
      for (const type of mark?.types ?? []) unread.push(...(await this.patiently(() => this.unreadOf(definition, type))));
    }
    return unread;
  }

  private async keep(): Promise<void> {
    for (const definition of this.definitions) {
      const before = this.marks.get(definition.name);
      // An actor's stream keeps what it took; other classes leave nothing behind when they take a type no more.
      const kept = isActor(definition) ? (before?.types ?? []) : [];
      const types = [...new Set([...kept, ...typesOf(definition)])].sort();
      if (before && JSON.stringify(before.types) === JSON.stringify(types)) continue;
      const version = (before?.version ?? 0) + 1;
      await this.store.snapshot(markOf(definition.name)).save({ version, data: JSON.stringify({ types }) });
    }
  }

  /** As the app itself reads the log: an outage is waited for. */
  private patiently<T>(read: () => Promise<T>): Promise<T> {
    return retryTransient(this.runtime, () => false, read);
  }

  private async load(name: string): Promise<Mark | undefined> {
    const at = await this.store.snapshot(markOf(name)).load();
    if (!at) return undefined;
    const { types } = (fieldsOf(at.data) ?? {}) as { readonly types?: unknown };
    if (Array.isArray(types)) return { version: at.version, types: types as string[] };
    throw damaged(`the mark in the snapshot of "${markOf(name)}"`);
  }

  /** Looks for an open actor that this class would begin anew, up to the first row of its own. @throws WaybillError `CLASS_RENAMED` */
  private async refuseRenamed(definition: ActorDefinition): Promise<void> {
    const types = [...definition.inputs.keys()].map((type) => TOOK + type);
    const looked = new Set<string>();
    for await (const { stream } of rowsOf(this.store, types)) {
      const name = stream.slice(0, Math.max(0, stream.indexOf('-')));
      if (name === definition.name) return;
      if (looked.has(stream) || !this.mayBeFormer(definition, name)) continue;
      looked.add(stream);
      if (await this.isOpen(definition, stream)) throw renamed(definition, name, stream);
    }
  }

  /** With a list of former names, only these; without one, any name that no class here has. */
  private mayBeFormer({ names, options }: ActorDefinition, name: string): boolean {
    if (options.aliases) return names.includes(name);
    return name !== '' && !this.definitions.some((other) => other.names.includes(name));
  }

  /** Whether the stream is of an actor that is not closed, and holds no input that this class does not take. */
  private async isOpen(definition: ActorDefinition, stream: string): Promise<boolean> {
    for await (const rows of readStream(this.store, stream)) {
      for (const row of rows) {
        if (row.type === CLOSED) return false;
        const { kind, type } = kindOf(row.type, metaOf(row));
        if (kind === 'took' && !messageNamed(definition, type) && !definition.options.retired?.includes(type)) return false;
      }
    }
    return true;
  }

  private async unreadOf(definition: Definition, type: string): Promise<readonly Unread[]> {
    const { name, options } = definition;
    if (typesOf(definition).includes(type) || options.retired?.includes(type)) return [];
    const others = this.definitions.some((other) => typesOf(other).includes(type));
    for await (const row of rowsOf(this.store, isActor(definition) ? [TOOK + type, type] : [type])) {
      const own = isActor(definition) && row.stream.startsWith(`${name}-`);
      if (!own && (others || row.type !== type)) continue;
      const { stream, version, position } = row;
      const retired = isActor(definition) ? `; if it was retired, in retired: ['${type}'] of "${name}"` : '';
      const fix = `if ${type} was renamed, list it in the aliases of the class that replaces it${retired}`;
      return [{ consumer: name, type: messageTypeOf(type), stream, version, position, fix }];
    }
    return [];
  }
}

function markOf(name: string): string {
  return `${name}:class`;
}

function isActor(definition: Definition): definition is ActorDefinition {
  return definition.kind === 'saga' || definition.kind === 'aggregate';
}

function typesOf(definition: Definition): string[] {
  if (definition.kind === 'handler') return [...definition.calls.keys()];
  return [...new Set([...definition.inputs.keys(), ...definition.folds.keys()])];
}

/** The rows of these types up to the end of the log. */
async function* rowsOf(store: Store, types: readonly string[]): AsyncGenerator<Recorded> {
  const stop = new AbortController();
  try {
    for await (const { events, caughtUp } of store.subscribe({ types, after: 0 }, stop.signal)) {
      yield* events;
      if (caughtUp) return;
    }
  } finally {
    stop.abort();
  }
}

function renamed({ kind, names, options }: ActorDefinition, name: string, stream: string): WaybillError {
  const [today = ''] = names;
  const decorator = kind === 'saga' ? 'Saga' : 'Aggregate';
  const what = `the log holds open actors of "${name}" (${stream})`;
  if (options.aliases) {
    const last = [...names.slice(1).filter((one) => one !== name), name].map((one) => `'${one}'`).join(', ');
    return new WaybillError(
      'CLASS_RENAMED',
      `${what}, but ${kind} "${today}" keeps its rows under "${names.at(-1)}"`,
      `name last the one under which the rows are: @${decorator}('${today}', { aliases: [${last}] })`,
    );
  }
  return new WaybillError(
    'CLASS_RENAMED',
    `${what}, which no class here is named, and ${kind} "${today}" takes what they took: it would begin each of them anew`,
    `if that is its former name, @${decorator}('${today}', { aliases: ['${name}'] }); if it never had another one, { aliases: [] }`,
  );
}
