import { isObject } from '../base/checks';
import { WaybillError, show } from '../base/errors';
import type { AnyActor } from './actor';
import { CLASS, METHODS, type ClassEntry, type Method } from './decorators';

export type UseClass = abstract new (...args: never[]) => object;

/** What the decorators of one class were given, unchecked: plain JavaScript may pass anything. */
export interface Declaration extends ClassEntry {
  readonly className: string;
  readonly instance: Partial<AnyActor>;
  /** The options as they were given; `options` is empty where these are not an object. */
  readonly given: unknown;
  /** All methods of the four lists below. */
  readonly methods: readonly Method[];
  readonly handles: readonly Method[];
  readonly late: readonly Method[];
  readonly applies: readonly Method[];
  readonly calls: readonly Method[];
  /** Methods with a decorator that this kind of class does not have. */
  readonly misplaced: readonly Method[];
}

/** @throws WaybillError `CLASS_NOT_DECORATED` */
export function readDeclaration(target: UseClass, instance: object): Declaration {
  const entry = classEntry(target);
  const all = decoratedMethods(target);
  const belongs = ({ decorator }: Method): boolean => (decorator === 'On') === (entry.kind === 'handler');
  const methods = all.filter(belongs);
  const under = (name: Method['decorator']): Method[] => methods.filter(({ decorator }) => decorator === name);
  return {
    ...entry,
    className: target.name,
    instance,
    given: entry.options,
    options: isObject(entry.options) ? entry.options : {},
    methods,
    handles: under('Handles'),
    late: under('HandlesLate'),
    applies: under('Applies'),
    calls: under('On'),
    misplaced: all.filter((method) => !belongs(method)),
  };
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

/** Methods of the class and of those that it extends; one that a subclass decorates again counts once, as the subclass says it. */
function decoratedMethods(target: UseClass): Method[] {
  const found: Method[] = [];
  const isFound = (m: Method): boolean =>
    found.some((f) => f.decorator === m.decorator && f.method === m.method && f.message === m.message);
  for (let proto: object | null = target.prototype as object; proto; proto = Object.getPrototypeOf(proto) as object | null) {
    const own = (Reflect.getOwnMetadata(METHODS, proto) as Method[] | undefined) ?? [];
    found.push(...own.filter((method) => !isFound(method)));
  }
  return found;
}

/** Undefined if it is not a method; a getter is called, and may throw. */
export function methodOf(instance: object, name: string): ((...args: never[]) => unknown) | undefined {
  try {
    const found = (instance as Readonly<Record<string, unknown>>)[name];
    return typeof found === 'function' ? (found as (...args: never[]) => unknown) : undefined;
  } catch {
    return undefined;
  }
}
