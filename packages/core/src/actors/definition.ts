import { canonical } from '../base/canonical-json';
import { WaybillError, show } from '../base/errors';
import { namesOf, versionOf, type AnyMessageClass, type Message } from '../messages/message';
import { Refusal } from '../messages/refusal';
import type { AnyActor, CallMeta, Meta } from './actor';
import { methodOf, readDeclaration, type Declaration, type UseClass } from './declaration';
import type { ClassEntry, DeliveryMode, Method, Once } from './decorators';
import type { Lifecycle } from './lifecycle';
import { listed } from './option-rules';
import { refuseProblems } from './problems';
import { RULES } from './rules';

const MAX_ONCE_KEY = 512;
export type OnceKey = string | number;

/** How an actor takes in one type of message. */
export interface InputHandler {
  readonly message: AnyMessageClass;
  /** Schema version of the message. */
  readonly version: number;
  readonly decide: Decide;
  /** @throws WaybillError `ONCE_KEY_MISSING` */
  readonly once: ((message: Message) => OnceKey) | undefined;
  /** `once` in words. */
  readonly onceText: string;
  /** `once` as it is written, a function by its text: another one may give other keys. */
  readonly onceSource: string;
  /** Index of the status from which on a new message is late. */
  readonly before: number | undefined;
  /** Decides on a new message that is late; without it that message is parked. */
  readonly late: Decide | undefined;
  /** The message comes from `after(…)` of the saga itself. */
  readonly deadline: boolean;
}
export type Decide = (message: Message, state: unknown, meta: Meta) => unknown;

/** An actor class read once, frozen: all that the flow needs to know about it. */
export interface ActorDefinition {
  readonly kind: 'aggregate' | 'saga' | 'projection';
  /** The name under which its rows are kept: its first one. */
  readonly name: string;
  readonly names: readonly string[];
  readonly inputs: ReadonlyMap<string, InputHandler>;
  readonly folds: ReadonlyMap<string, { readonly message: AnyMessageClass; readonly fold: (message: Message, state: unknown) => unknown }>;
  readonly lifecycle: Lifecycle | undefined;
  readonly initial: () => unknown;
  readonly key: (message: Message) => unknown;
  /** The commands that a decision may send, by type. */
  readonly sends: ReadonlyMap<string, AnyMessageClass>;
  /** The refusals that sagas hear of, by type of the command. */
  readonly refuses: ReadonlyMap<string, AnyMessageClass>;
  /** What the classes of its app take, by each name: the log keeps names alone, so what it emits under one must be of that class. */
  readonly taken?: ReadonlyMap<string, AnyMessageClass>;
  readonly options: ClassEntry['options'];
}
export interface HandlerDefinition {
  readonly kind: 'handler';
  readonly name: string;
  readonly names: readonly string[];
  readonly delivery: DeliveryMode;
  readonly options: ClassEntry['options'];
  readonly calls: ReadonlyMap<string, { readonly message: AnyMessageClass; readonly call: (message: Message, meta: CallMeta) => unknown }>;
  /** The events that a call may answer, by type. */
  readonly emits: ReadonlyMap<string, AnyMessageClass>;
}
export type Definition = ActorDefinition | HandlerDefinition;

/** @throws WaybillError with every problem of the class */
export function define(target: UseClass, instance: object): Definition {
  const declaration = readDeclaration(target, instance);
  refuseProblems(RULES, declaration);
  return Object.freeze(declaration.kind === 'handler' ? handlerOf(declaration) : actorOf(declaration));
}

function actorOf(declaration: Declaration): ActorDefinition {
  const { kind, name, names, options, handles, late, applies } = declaration;
  const instance = declaration.instance as AnyActor;
  const inputOf = (m: Method): InputHandler => ({
    onceSource: typeof m.once === 'function' ? String(m.once) : JSON.stringify(m.once ?? null),
    message: m.message,
    version: versionOf(m.message),
    decide: bound(instance, m),
    once: m.once === undefined ? undefined : onceOf(m.message.messageType, m.once),
    onceText:
      typeof m.once === 'function' ? 'a function of the message' : m.once === true ? 'once per actor' : [m.once ?? []].flat().join(' + '),
    before: m.before === undefined ? undefined : options.lifecycle?.index(m.before),
    late: late.filter(({ message }) => message === m.message).map((l) => bound(instance, l))[0],
    deadline: m.deadline === true,
  });
  return {
    kind: kind as ActorDefinition['kind'],
    name,
    names,
    inputs: byName(handles, inputOf),
    folds: byName(applies, (m) => ({ message: m.message, fold: bound(instance, m) })),
    lifecycle: options.lifecycle,
    initial: () => instance.initial(),
    key: (message) => instance.key(message as never),
    sends: new Map(listed(options.sends).map((message) => [message.messageType, message])),
    refuses: new Map(listed(options.refuses).map((message) => [message.messageType, Refusal(message)])),
    options,
  };
}

function handlerOf({ name, names, delivery, options, instance, calls }: Declaration): HandlerDefinition {
  const byType = byName(calls, (m) => ({ message: m.message, call: bound(instance, m) }));
  const emits = new Map(listed(options.emits).map((message) => [message.messageType, message]));
  return { kind: 'handler', name, names, delivery: delivery as DeliveryMode, options, calls: byType, emits };
}

/** By each name that the message has in the log. */
function byName<T>(methods: readonly Method[], read: (method: Method) => T): ReadonlyMap<string, T> {
  return new Map(
    methods.flatMap((method) => {
      const value = read(method);
      return namesOf(method.message).map((name) => [name, value] as const);
    }),
  );
}

function bound(instance: object, { method }: Method): (...args: unknown[]) => unknown {
  return methodOf(instance, method)?.bind(instance) as (...args: unknown[]) => unknown;
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

/** The class of a message that the log holds under this name, a current or a former one. */
export function messageNamed({ inputs, folds }: ActorDefinition, written: string): AnyMessageClass | undefined {
  return inputs.get(written)?.message ?? folds.get(written)?.message;
}

/** Today's name of what a row names: all that is remembered by type is compared by it, except positions of the log. */
export function nameToday(definition: ActorDefinition, written: string): string {
  return messageNamed(definition, written)?.messageType ?? written;
}

/** Types of the deadlines that a saga sets for itself. */
export function deadlinesOf({ inputs }: ActorDefinition): string[] {
  return [...inputs].filter(([, handler]) => handler.deadline).map(([type]) => type);
}
