import type { StandardSchemaV1 } from '@standard-schema/spec';

// Named in the declarations of whoever makes messages in a function of his own.
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
  /** Names that the log has it under from before it was renamed. */
  readonly aliases?: readonly string[];
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
