import 'reflect-metadata';
import { checkOptions } from '../base/checks';
import { WaybillError, show } from '../base/errors';
import { mustBeMessageClass, type AnyCommand, type AnyEvent, type AnyMessageClass, type MessageOf } from '../messages/message';
import type { AnyActor, CallMeta, Decision, InOf, Meta, OutOf, StateOf } from './actor';
import type { AggregateOptions, ClassEntry, HandlerOptions, HandlesOptions, Once, ProjectionOptions, SagaOptions } from './options';

/** A descriptor whose method has exactly this type. `| undefined` lets compiler errors point at the method itself. */
type MethodOf<F> = { readonly value?: F | undefined };
type Takes<M extends { readonly type: string }> = { readonly '~takes': (type: M['type']) => void };
type Folds<M extends { readonly type: string }> = { readonly '~folds': (type: M['type']) => void };
type HasStatus<B> = { readonly '~status': (status: B) => void };

export type * from './options';

/** A method, and the arguments of the decorator above it. */
export interface Method {
  readonly decorator: 'Handles' | 'HandlesLate' | 'Applies' | 'On';
  readonly message: AnyMessageClass;
  readonly method: string;
  readonly once?: Once<Record<string, unknown>> | undefined;
  readonly before?: string | undefined;
  readonly deadline?: boolean | undefined;
  /** A second argument of `@Applies`, which may have none. */
  readonly extra?: unknown;
}
export const METHODS = 'waybill:methods';
export const CLASS = 'waybill:class';

/** The method that decides on a message. With `once`, a second message with the same key has no effect: see the gate in ARCHITECTURE.md. */
export function Handles<C extends AnyMessageClass, const B extends string = never>(
  message: C,
  options: HandlesOptions<MessageOf<C>, B> = {},
) {
  return <A extends AnyActor>(
    target: A & Takes<MessageOf<C>> & ([B] extends [never] ? unknown : HasStatus<B>),
    method: string,
    _: MethodOf<(message: MessageOf<C>, state: StateOf<A>, meta: Meta) => Decision<OutOf<A>, InOf<A>>>,
  ): void => {
    const { once, before, deadline } = (options ?? {}) as { once?: Once<Record<string, unknown>>; before?: string; deadline?: boolean };
    record(target, { decorator: 'Handles', message, method, once, before, deadline });
    checkOptions(options, `@Handles(${message.messageType})`, ['once', 'before', 'deadline']);
  };
}

/**
 * The method that decides on a message that is new but late: the status `before` is reached or passed. Without this method
 * the message is parked. A late message is recorded but not folded: the state holds what came in time.
 */
export function HandlesLate<C extends AnyMessageClass>(message: C) {
  return <A extends AnyActor>(
    target: A & Takes<MessageOf<C>>,
    method: string,
    _: MethodOf<(message: MessageOf<C>, state: StateOf<A>, meta: Meta) => Decision<OutOf<A>, InOf<A>>>,
  ): void => record(target, { decorator: 'HandlesLate', message, method });
}

/** The method that folds a message, taken in or emitted, into the state. It is pure: it runs again at every load. */
export function Applies<C extends AnyMessageClass>(message: C, extra?: never) {
  return <A extends AnyActor>(
    target: A & Folds<MessageOf<C>>,
    method: string,
    _: MethodOf<(message: MessageOf<C>, state: StateOf<A>) => StateOf<A>>,
  ): void => record(target, { decorator: 'Applies', message, method, extra });
}

/** What a call may answer: nothing, or events that its class lists in `emits`. */
type CallAnswer = void | AnyEvent | readonly AnyEvent[];

/** The method of a `@Handler` class that carries an event to the outside world. */
export function On<C extends AnyMessageClass<AnyEvent>>(message: C) {
  return (target: object, method: string, _: MethodOf<(message: MessageOf<C>, meta: CallMeta) => CallAnswer | Promise<CallAnswer>>): void =>
    record(target, { decorator: 'On', message, method });
}

type ClassOf<A> = abstract new (...args: never[]) => A;
type SameStatus<A extends AnyActor, L extends string> =
  StateOf<A> extends { readonly status: infer T }
    ? [T] extends [L]
      ? [L] extends [T]
        ? unknown
        : { readonly '~lifecycle': ['the state does not know the status', Exclude<L, T>] }
      : { readonly '~lifecycle': ['the lifecycle does not know the status', Exclude<T, L>] }
    : { readonly '~lifecycle': 'the state has no field "status"' };
type Only<A extends AnyActor, M> = [InOf<A>] extends [M]
  ? A['key'] extends (message: InOf<A>) => string | undefined
    ? Disjoint<InOf<A>['type'], OutOf<A>['type']>
    : { readonly '~key': ['key() does not take every input', InOf<A>['type']] }
  : { readonly '~only': 'aggregates take commands, sagas and projections take events' };

type Disjoint<I extends string, O extends string> = string extends I | O
  ? unknown
  : [I & O] extends [never]
    ? unknown
    : { readonly '~out': ['an actor does not emit what it takes', I & O] };

type Emits<A extends AnyActor, M> = [OutOf<A>] extends [M] ? unknown : { readonly '~out': 'only sagas send commands' };

type Refuses<A extends AnyActor, C> = [C] extends [InOf<A>]
  ? unknown
  : { readonly '~refuses': ['an aggregate refuses only what it takes', C extends InOf<A> ? never : C] };

/** Fed by commands. */
export function Aggregate<C extends AnyMessageClass<AnyCommand> = never>(name: string, options: AggregateOptions<C> = {}) {
  return <A extends AnyActor>(target: ClassOf<A> & Only<A, AnyCommand> & Emits<A, AnyEvent> & Refuses<A, MessageOf<C>>): void =>
    recordClass(target, { kind: 'aggregate', name, options });
}

/** Fed by events of the log, and by its own deadlines. */
export function Saga<const L extends string = never>(name: string, options: SagaOptions<L> = {}) {
  return <A extends AnyActor>(target: ClassOf<A> & Only<A, AnyEvent> & ([L] extends [never] ? unknown : SameStatus<A, L>)): void =>
    recordClass(target, { kind: 'saga', name, options: options as unknown as ClassEntry['options'] });
}

/** An actor that emits nothing: its states are the rows of a view. A row whose state is `undefined` is deleted. */
export function Projection(name: string, options: ProjectionOptions = {}) {
  return <A extends AnyActor>(target: ClassOf<A> & Only<A, AnyEvent>): void => recordClass(target, { kind: 'projection', name, options });
}

/** The events that methods of a class answer, where their input is an event too. */
type AnswersOf<H> = {
  [K in keyof H]: H[K] extends (...args: infer P) => infer R ? (P extends [AnyEvent, ...unknown[]] ? EventsIn<Awaited<R>> : never) : never;
}[keyof H];
type EventsIn<R> = Extract<R extends readonly (infer E)[] ? E : R, AnyEvent>;
type Listed<H, E> = [Exclude<AnswersOf<H>, E>] extends [never]
  ? unknown
  : { readonly '~emits': ['list what a method answers: { emits: […] }', Exclude<AnswersOf<H>, E>] };

/** Carries events to the outside world, with `@On` methods that may be asynchronous. */
export function Handler<M extends AnyEvent = AnyEvent, C extends AnyMessageClass<AnyEvent> = never>(
  name: string,
  all: Omit<HandlerOptions<M>, 'emits'> & { readonly emits?: readonly C[] },
) {
  const { delivery, ...options } = Object(all) as typeof all;
  return <H extends object>(target: ClassOf<H> & Listed<H, MessageOf<C>>): void =>
    recordClass(target, { kind: 'handler', name, delivery, options: options as unknown as ClassEntry['options'] });
}

function record(target: object, entry: Method): void {
  const method: unknown = entry.method;
  if (typeof method !== 'string')
    throw new WaybillError(
      'DECORATORS_MODE',
      'the decorators run in standard mode',
      'set "experimentalDecorators": true in the tsconfig.json that your compiler or runner reads (tsx, esbuild, Vite and swc may read another file, or an option of their own)',
    );
  if (typeof target === 'function')
    throw new WaybillError('WRONG_DECORATOR', `a decorator is above ${show(method)}, which is static`, 'leave "static" out');
  mustBeMessageClass(entry.message, show(method));
  const own = (Reflect.getOwnMetadata(METHODS, target) as Method[] | undefined) ?? [];
  Reflect.defineMetadata(METHODS, [...own, entry], target);
}

function recordClass(target: object, { name, ...entry }: Omit<ClassEntry, 'names'>): void {
  const { aliases } = Object(entry.options) as Partial<ClassEntry['options']>;
  const names = [name, ...(Array.isArray(aliases) ? (aliases as string[]) : [])];
  if (Reflect.hasOwnMetadata(CLASS, target)) {
    throw new WaybillError(
      'CLASS_DECORATED_TWICE',
      `${(target as { name?: string }).name ?? 'a class'} has two class decorators`,
      'keep one of @Aggregate, @Saga, @Projection and @Handler',
    );
  }
  Reflect.defineMetadata(CLASS, { ...entry, name: names.at(-1), names }, target);
}
