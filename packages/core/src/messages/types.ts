import type { StandardSchemaV1 } from '@standard-schema/spec';

// Declaration files name it where messages are made in a function.
export type { StandardSchemaV1 } from '@standard-schema/spec';

export type Kind = 'event' | 'command';

/** What every message has: a type and a kind. `type` distinguishes messages with equal data. */
export interface Message<N extends string = string, K extends Kind = Kind> {
  readonly type: N;
  readonly '~kind': K;
}
export type AnyEvent = Message<string, 'event'>;
export type AnyCommand = Message<string, 'command'>;

/** `version` counts the shapes of the data, from 1; `upcast[n]` turns data of version n into version n + 1. */
export interface MessageOptions<S, V extends number, P extends string = string, Q = Fields> {
  /** Any Standard Schema whose `validate` is synchronous. Its output must be JSON: that is what the log keeps. */
  readonly schema?: S;
  readonly version?: V;
  readonly upcast?: Upcasts<V>;
  /** Its former names, under which the log still holds it. */
  readonly aliases?: readonly string[];
  /** Fields with personal data: stored encrypted under a key of that person, unreadable once `app.forget` has deleted the key. */
  readonly personal?: readonly (P & FieldOf<S>)[];
  /**
   * The person whose key that is: a string of 1 to 512 bytes, computed from fields that are not personal. Annotate `data`, and
   * the compiler checks the fields.
   */
  readonly subject?: (data: SubjectData<S, P, Q>) => unknown;
}
/** Data whose shape is unknown where the options are written. */
export type Fields = Readonly<Record<string, unknown>>;
type Output<S> = S extends StandardSchemaV1 ? StandardSchemaV1.InferOutput<S> : unknown;
type FieldOf<S> = unknown extends Output<S> ? string : keyof Output<S> & string;
type SubjectData<S, P extends string, Q> = unknown extends Output<S> ? Q : Omit<Output<S>, P>;
export type Upcast = (data: Record<string, unknown>) => Record<string, unknown>;
export type Upcasts<V extends number> = number extends V ? Readonly<Record<number, Upcast>> : { readonly [N in Before<V>]: Upcast };
type Before<V extends number, Seen extends unknown[] = [unknown]> = Seen['length'] extends V
  ? never
  : Seen['length'] | Before<V, [...Seen, unknown]>;

/** Data as it comes back from the log: a field that JSON would lose has an error message as its type. */
export type Survives<D> = { readonly [P in keyof D]: SurvivesField<D[P]> };
// A branded primitive is one: it stays what it is.
type SurvivesField<T> = T extends string | number | boolean | null | undefined
  ? T
  : T extends Date
    ? 'a Date does not survive the log: use a number or an ISO string'
    : T extends ((...args: never[]) => unknown) | bigint | symbol | ReadonlyMap<unknown, unknown> | ReadonlySet<unknown>
      ? 'this does not survive the log: use JSON'
      : T extends readonly unknown[] | object
        ? Survives<T>
        : T;

export interface MessageStatics<N extends string = string> {
  readonly messageType: N;
  readonly '~options': AnyMessageOptions;
}
/** The options of any message, as core reads them. */
export type AnyMessageOptions = MessageOptions<StandardSchemaV1, number>;
type Data<D> = Survives<D> & { readonly type?: never };
/** Every personal field is a field of the data, and so is every field that `subject` reads. */
export type WithFields<D, P extends string, Q> = Read<Q> &
  ([P] extends [keyof D] ? object : { readonly [F in Exclude<P, keyof D>]: unknown });
type Read<Q> = Fields extends Q ? object : Q;
export interface PlainMessageClass<N extends string, K extends Kind, P extends string = never, Q = Fields> extends MessageStatics<N> {
  new <D extends WithFields<D, P, Q> = Read<Q> & { readonly [F in P]: unknown }>(
    ...data: object extends D ? [data?: Data<D>] : [data: Data<D>]
  ): Message<N, K> & Survives<D>;
}
export interface SchemaMessageClass<N extends string, K extends Kind, S extends StandardSchemaV1> extends MessageStatics<N> {
  new (data: StandardSchemaV1.InferInput<S> & { readonly type?: never }): Message<N, K> & Survives<StandardSchemaV1.InferOutput<S>>;
}
export type MessageClassOf<N extends string, K extends Kind, S, P extends string = never, Q = Fields> = S extends StandardSchemaV1
  ? SchemaMessageClass<N, K, S>
  : PlainMessageClass<N, K, P, Q>;

/** A class made with `Event` or `Command`, as decorators and definitions take it. */
export interface AnyMessageClass<M extends Message = Message> extends MessageStatics {
  new (...data: never[]): M;
}
export type MessageOf<C> = C extends { new (...data: never[]): infer M extends Message } ? M : never;
