import type { StandardSchemaV1 } from '@standard-schema/spec';
import { show, WaybillError } from './errors';

/** Named here too, so that declaration files of classes made with `Event` need no package but this one. */
export type { StandardSchemaV1 } from '@standard-schema/spec';

export type Kind = 'event' | 'command';

/** What every message is: named, of a kind. `type` is what keeps messages with equal data apart. */
export interface Message<N extends string = string, K extends Kind = Kind> {
  readonly type: N;
  readonly '~kind': K;
}
export type AnyEvent = Message<string, 'event'>;
export type AnyCommand = Message<string, 'command'>;

/** `version` counts changes of the data's shape, from 1; `upcast[n]` turns the data of version n into version n + 1. */
export interface MessageOptions<S, V extends number> {
  /** Any Standard Schema whose `validate` is synchronous. Its output must be JSON: that is what the log keeps. */
  readonly schema?: S;
  readonly version?: V;
  readonly upcast?: Upcasts<V>;
}
export type Upcast = (data: Record<string, unknown>) => Record<string, unknown>;
export type Upcasts<V extends number> = number extends V ? Readonly<Record<number, Upcast>> : { readonly [N in Before<V>]: Upcast };
type Before<V extends number, Seen extends unknown[] = [unknown]> = Seen['length'] extends V
  ? never
  : Seen['length'] | Before<V, [...Seen, unknown]>;

/** Data as it comes back from the log: what JSON loses is named where the type is declared. */
export type Survives<D> = { readonly [P in keyof D]: SurvivesField<D[P]> };
type SurvivesField<T> = T extends Date
  ? 'a Date does not survive the log: use a number or an ISO string'
  : T extends ((...args: never[]) => unknown) | bigint | symbol | ReadonlyMap<unknown, unknown> | ReadonlySet<unknown>
    ? 'this does not survive the log: use JSON'
    : T extends readonly unknown[] | object
      ? Survives<T>
      : T;

export interface MessageStatics<N extends string = string> {
  readonly messageType: N;
  readonly '~options': MessageOptions<StandardSchemaV1, number>;
}
type Data<D> = Survives<D> & { readonly type?: never };
export interface PlainMessageClass<N extends string, K extends Kind> extends MessageStatics<N> {
  new <D extends object = object>(...data: object extends D ? [data?: Data<D>] : [data: Data<D>]): Message<N, K> & Survives<D>;
}
export interface SchemaMessageClass<N extends string, K extends Kind, S extends StandardSchemaV1> extends MessageStatics<N> {
  new (data: StandardSchemaV1.InferInput<S> & { readonly type?: never }): Message<N, K> & Survives<StandardSchemaV1.InferOutput<S>>;
}
export type MessageClassOf<N extends string, K extends Kind, S> = S extends StandardSchemaV1
  ? SchemaMessageClass<N, K, S>
  : PlainMessageClass<N, K>;

/** A class made with `Event` or `Command`, as decorators and definitions take it. */
export interface AnyMessageClass<M extends Message = Message> extends MessageStatics {
  new (...data: never[]): M;
}
export type MessageOf<C> = C extends { new (...data: never[]): infer M extends Message } ? M : never;

/** Something that has happened: `class ItemAdded extends Event('ItemAdded')<{ index: number }> {}`. */
export function Event<const N extends string, S extends StandardSchemaV1 | undefined = undefined, const V extends number = 1>(
  name: N,
  options: MessageOptions<S, V> = {},
): MessageClassOf<N, 'event', S> {
  return makeClass('event', name, options as MessageOptions<StandardSchemaV1, number>) as MessageClassOf<N, 'event', S>;
}

/** Something asked for, of one actor: `class AddItem extends Command('AddItem')<{ orderId: string }> {}`. */
export function Command<const N extends string, S extends StandardSchemaV1 | undefined = undefined, const V extends number = 1>(
  name: N,
  options: MessageOptions<S, V> = {},
): MessageClassOf<N, 'command', S> {
  return makeClass('command', name, options as MessageOptions<StandardSchemaV1, number>) as MessageClassOf<N, 'command', S>;
}

/** Builds a message without its schema: for rows that were taken in before and stay so, and to look at a class itself. */
export const UNCHECKED: unique symbol = Symbol('unchecked');
interface Unchecked {
  readonly [UNCHECKED]: object;
}

function makeClass(kind: Kind, name: string, options: MessageOptions<StandardSchemaV1, number>): unknown {
  if (!/^[A-Za-z][\w.]{0,127}$/.test(name)) {
    throw new WaybillError(
      'MESSAGE_NAME',
      `${show(name)} cannot name a message`,
      'use a letter, then letters, digits, "_" and "."; at most 128 characters',
    );
  }
  const version = options.version ?? 1;
  for (let n = 1; n < version; n++) {
    if (typeof (options.upcast as Record<number, Upcast> | undefined)?.[n] !== 'function') {
      throw new WaybillError(
        'MESSAGE_UPCAST_GAP',
        `${name} is at version ${version} but has no upcast from ${n}`,
        `add upcast: { ${n}: (data) => … }`,
      );
    }
  }
  const schema = options.schema;
  class Base {
    static readonly messageType = name;
    static readonly '~options' = options;

    constructor(data: Record<string, unknown> | Unchecked = {}) {
      const trusted = (data as Partial<Unchecked> | null)?.[UNCHECKED];
      const checked = (trusted ?? (schema ? validated(name, schema, data) : data)) as Record<string, unknown>;
      if (typeof checked !== 'object' || checked === null || Array.isArray(checked)) {
        throw new WaybillError('MESSAGE_INVALID', `${name} is made of ${show(checked)}`, 'pass one plain object');
      }
      const own = this as unknown as Record<string, unknown>;
      for (const field of Object.keys(checked)) {
        if (field === '__proto__') throw new WaybillError('CONTENT_FORBIDDEN_KEY', `${name} has a field "__proto__"`, 'rename the field');
        if (field !== 'type' && checked[field] !== undefined) own[field] = checked[field];
      }
    }
  }
  Object.defineProperty(Base.prototype, 'type', { value: name });
  Object.defineProperty(Base.prototype, '~kind', { value: kind });
  return Base;
}

function validated(name: string, schema: StandardSchemaV1, data: unknown): unknown {
  const result = schema['~standard'].validate(data);
  if (result instanceof Promise)
    throw new WaybillError('MESSAGE_SCHEMA_ASYNC', `the schema of ${name} is asynchronous`, 'use a schema whose validate returns at once');
  if (!result.issues) return result.value;
  const problems = result.issues
    .slice(0, 5)
    .map((issue) => `${issue.path?.map((p) => String(typeof p === 'object' ? p.key : p)).join('.') || 'data'}: ${issue.message}`);
  throw new WaybillError('MESSAGE_INVALID', `${name} is not valid: ${problems.join('; ')}`, 'correct the named fields');
}

/**
 * The message that `data`, written at schema version `version`, is today: upcast, then checked.
 * @throws WaybillError `MESSAGE_INVALID`, `MESSAGE_NEWER_VERSION`, or what an upcaster throws.
 */
export function revive(message: AnyMessageClass, data: unknown, version: number): Message {
  return new message(upcast(message, data, version) as never);
}

/** As `revive`, without the schema: what an actor took in once stays taken in, whatever the schema says later. */
export function reviveTaken(message: AnyMessageClass, data: unknown, version: number): Message {
  return new message({ [UNCHECKED]: upcast(message, data, version) } as never);
}

function upcast(message: AnyMessageClass, data: unknown, version: number): unknown {
  const options = message['~options'];
  const current = options.version ?? 1;
  if (version > current) {
    throw new WaybillError(
      'MESSAGE_NEWER_VERSION',
      `${message.messageType} version ${version} is newer than this code, which knows ${current}`,
      'deploy the code that writes this version',
    );
  }
  let now = data;
  for (let n = version; n < current; n++) now = (options.upcast as Record<number, Upcast>)[n]?.(now as Record<string, unknown>);
  return now;
}

/** A class field declared on a message erases the data of that name when the object is built. @throws WaybillError `MESSAGE_CLASS_FIELD` */
export function refuseClassFields(message: AnyMessageClass): void {
  const fields = Object.keys(new message({ [UNCHECKED]: {} } as never));
  if (fields.length === 0) return;
  throw new WaybillError(
    'MESSAGE_CLASS_FIELD',
    `${message.messageType} declares the class field ${fields.map((f) => `"${f}"`).join(', ')}, which erases the data of that name`,
    `describe the data in the type: class ${message.messageType} extends Event('${message.messageType}')<{ … }> {}`,
  );
}
