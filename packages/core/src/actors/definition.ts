import { canonical } from '../base/canonical-json';
import { isObject } from '../base/checks';
import { WaybillError, show } from '../base/errors';
import { checkMessageClass, namesOf } from '../messages/message';
import type { AnyMessageClass, Message } from '../messages/message';
import type { AnyActor, Meta } from './actor';
import { checkNames, listed } from './class-rules';
import { APPLIES, CLASS, HANDLES, LATE, ON } from './decorators';
import type { ClassEntry, DeliveryMode, HandlesEntry, MethodEntry, Once } from './decorators';
import type { Lifecycle } from './lifecycle';
import { Problems } from './problems';
import { checkActor, checkHandler, checkInitial, checkMethods, checkStray, methodOf } from './rules';

const MAX_ONCE_KEY = 512;
export type OnceKey = string | number;

/** How an actor takes one type of message. */
export interface Taking {
  readonly message: AnyMessageClass;
  readonly decide: Decide;
  /** @throws WaybillError `ONCE_KEY_MISSING` */
  readonly once: ((message: Message) => OnceKey) | undefined;
  /** `once` in words, for people. */
  readonly onceText: string;
  /** Place in the lifecycle from which a first-seen message is too late. */
  readonly before: number | undefined;
  /** Decides on a first-seen message that came too late; without it that message is parked. */
  readonly late: Decide | undefined;
  /** Comes from `after(…)`, never from the log. */
  readonly deadline: boolean;
}
export type Decide = (message: Message, state: unknown, meta: Meta) => unknown;
export type Folding = (message: Message, state: unknown) => unknown;

/** An actor class read once, frozen: all that the flow needs to know of it. */
export interface ActorDefinition {
  readonly kind: 'aggregate' | 'saga' | 'projection';
  readonly name: string;
  readonly takings: ReadonlyMap<string, Taking>;
  readonly folds: ReadonlyMap<string, { readonly message: AnyMessageClass; readonly fold: Folding }>;
  readonly lifecycle: Lifecycle | undefined;
  readonly initial: () => unknown;
  readonly key: (message: Message) => unknown;
  /** The commands that a decision may hold, by type. */
  readonly sends: ReadonlyMap<string, AnyMessageClass>;
  readonly options: ClassEntry['options'];
}
export interface HandlerDefinition {
  readonly kind: 'handler';
  readonly name: string;
  readonly delivery: DeliveryMode;
  readonly options: ClassEntry['options'];
  readonly calls: ReadonlyMap<string, { readonly message: AnyMessageClass; readonly call: (message: Message, meta: Meta) => unknown }>;
}
export type Definition = ActorDefinition | HandlerDefinition;

export type UseClass = abstract new (...args: never[]) => object;

/** @throws WaybillError with every problem of the class. */
export function define(target: UseClass, instance: object): Definition {
  const entry = classEntry(target);
  const problems = new Problems(target.name);
  if (!isObject(entry.options)) checkNames(entry);
  const definition =
    entry.kind === 'handler' ? handlerOf(entry, target, instance, problems) : actorOf(entry, target, instance as AnyActor, problems);
  problems.raise();
  return Object.freeze(definition);
}

/** @throws WaybillError `CLASS_NOT_DECORATED` */
export function classEntry(target: UseClass): ClassEntry {
  const entry = typeof target === 'function' ? (Reflect.getOwnMetadata(CLASS, target) as ClassEntry | undefined) : undefined;
  if (entry) return entry;
  throw new WaybillError(
    'CLASS_NOT_DECORATED',
    `${show((target as { name?: string } | undefined)?.name ?? target)} has no class decorator`,
    'put @Aggregate, @Saga, @Projection or @Handler above the class',
  );
}

/** Entries of the class and of those that it extends; a method that a subclass writes anew counts once. */
function entries<E extends MethodEntry>(key: string, target: UseClass): E[] {
  const found: E[] = [];
  for (let proto: object | null = target.prototype as object; proto; proto = Object.getPrototypeOf(proto) as object | null) {
    const own = (Reflect.getOwnMetadata(key, proto) as E[] | undefined) ?? [];
    found.push(...own.filter((e) => !found.some((f) => f.method === e.method && f.message === e.message)));
  }
  return found;
}

function actorOf(entry: ClassEntry, target: UseClass, instance: AnyActor, problems: Problems): ActorDefinition {
  const handles = entries<HandlesEntry>(HANDLES, target);
  const applies = entries<MethodEntry>(APPLIES, target);
  const late = entries<MethodEntry>(LATE, target);
  const { options } = entry;
  const { lifecycle } = options;
  checkActor(entry, instance, handles, late, applies, problems);
  checkStray('On', entries<MethodEntry>(ON, target), entry, problems);
  for (const fold of applies) refuseOptions(entry.kind, fold, problems);
  for (const { message } of [...handles, ...applies]) problems.collect(() => checkMessageClass(message));
  if (problems.none) checkInitial(entry.kind, instance, lifecycle, problems);
  const bound = bind(instance);
  const takings = handles.flatMap((h) =>
    named(h.message, {
      message: h.message,
      decide: bound(h.method) as Taking['decide'],
      once: h.once === undefined ? undefined : onceOf(h.message.messageType, h.once),
      onceText:
        typeof h.once === 'function' ? 'a function of the message' : h.once === true ? 'once per actor' : [h.once ?? []].flat().join(' + '),
      before: h.before === undefined ? undefined : problems.collect(() => lifecycle?.index(h.before as string)),
      late: late.filter((l) => l.message === h.message).map((l) => bound(l.method) as Decide)[0],
      deadline: h.deadline === true,
    } satisfies Taking),
  );
  return {
    kind: entry.kind as ActorDefinition['kind'],
    name: entry.name,
    takings: new Map(takings),
    folds: new Map(applies.flatMap((a) => named(a.message, { message: a.message, fold: bound(a.method) as Folding }))),
    lifecycle,
    initial: () => instance.initial(),
    key: (message) => instance.key(message as never),
    sends: new Map(listed(options.sends).map((message) => [message.messageType, message])),
    options,
  };
}

/** A fold looks at no options: they would be passed over in silence. */
function refuseOptions(kind: ClassEntry['kind'], { message, stray }: MethodEntry, problems: Problems): void {
  if (stray === undefined) return;
  const projection = kind === 'projection';
  problems.add(
    projection ? 'ONCE_ON_PROJECTION' : 'APPLIES_OPTIONS',
    `@Applies(${message.messageType}) takes no options`,
    projection ? 'leave them out: a row is once by the position of its last event' : 'put them into @Handles',
  );
}

function handlerOf(entry: ClassEntry, target: UseClass, instance: object, problems: Problems): HandlerDefinition {
  const calls = entries<MethodEntry>(ON, target);
  if (calls.length === 0)
    problems.add(
      'HANDLER_NO_INPUT',
      `@Handler "${entry.name}" has no @On method`,
      'put @On(SomeEvent) above the method that makes the call',
    );
  problems.twice(calls, 'On');
  checkMethods(instance, calls, problems);
  checkHandler(
    entry,
    [HANDLES, LATE, APPLIES].flatMap((key) => entries<MethodEntry>(key, target)),
    problems,
  );
  for (const { message } of calls) problems.collect(() => checkMessageClass(message));
  const bound = bind(instance);
  return {
    kind: 'handler',
    name: entry.name,
    delivery: entry.delivery as DeliveryMode,
    options: entry.options,
    calls: new Map(
      calls.flatMap((c) => named(c.message, { message: c.message, call: bound(c.method) as (message: Message, meta: Meta) => unknown })),
    ),
  };
}

/** Under each name that the message has in the log. */
function named<T>(message: AnyMessageClass, value: T): [string, T][] {
  return namesOf(message).map((name) => [name, value]);
}

function bind(instance: object): (method: string) => (...args: never[]) => unknown {
  return (name) => methodOf(instance, name)?.bind(instance) as (...args: never[]) => unknown;
}

function onceOf(type: string, once: Once<Record<string, unknown>>): (message: Message) => OnceKey {
  if (once === true) return () => '';
  const checked = (value: unknown): OnceKey => {
    if ((typeof value === 'string' && value.length <= MAX_ONCE_KEY) || (typeof value === 'number' && Number.isFinite(value))) return value;
    throw new WaybillError(
      'ONCE_KEY_MISSING',
      `the once key of ${type} is ${show(value)}`,
      `make it a number or a string of at most ${MAX_ONCE_KEY} characters in every message`,
    );
  };
  if (typeof once === 'function') return (message) => checked(once(message as unknown as Record<string, unknown>));
  if (typeof once === 'string') return (message) => checked((message as unknown as Record<string, unknown>)[once]);
  return (message) => canonical(once.map((field) => checked((message as unknown as Record<string, unknown>)[field])));
}

/** Types of the deadlines that a saga sets for itself. */
export function deadlinesOf({ takings }: ActorDefinition): string[] {
  return [...takings].filter(([, taking]) => taking.deadline).map(([type]) => type);
}
