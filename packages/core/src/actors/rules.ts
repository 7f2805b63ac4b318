import { canonical } from '../base/canonical-json';
import { WaybillError, show } from '../base/errors';
import type { AnyActor } from './actor';
import { checkClass, checkTakes } from './class-rules';
import type { ClassEntry, HandlesEntry, MethodEntry } from './decorators';
import type { Lifecycle } from './lifecycle';
import type { Problems } from './problems';
import { refuseForeignState } from './state';

const ACTOR_NAME = /^[A-Za-z][\w.]{0,63}$/;
const NAME = /^[A-Za-z][\w.-]{0,63}$/;

/** What types cannot catch, of one actor class. */
export function checkActor(
  entry: ClassEntry,
  instance: AnyActor,
  handles: readonly HandlesEntry[],
  late: readonly MethodEntry[],
  applies: readonly MethodEntry[],
  problems: Problems,
): void {
  const { lifecycle } = entry.options;
  const projection = entry.kind === 'projection';
  if (!(projection ? NAME : ACTOR_NAME).test(entry.name)) {
    problems.add(
      'ACTOR_NAME',
      `${show(entry.name)} cannot name this ${entry.kind}`,
      `use a letter, then letters, digits, "_" and "."${projection ? ' and "-"' : ' (a "-" separates the name from the key)'}; at most 64 characters`,
    );
  }
  if (typeof instance.key !== 'function')
    problems.add('ACTOR_NO_KEY', 'the actor has no method key(message)', 'tell which actor a message is for');
  if (typeof instance.initial !== 'function')
    problems.add('ACTOR_NO_INITIAL', 'the actor has no method initial()', 'return the state before the first row');
  problems.twice(handles, 'Handles');
  problems.twice(applies, 'Applies');
  problems.twice(late, 'HandlesLate');
  checkLate(handles, late, problems);
  checkClass(entry, problems);
  if (projection && handles.length > 0)
    problems.add(
      handles.some(({ once }) => once !== undefined) ? 'ONCE_ON_PROJECTION' : 'PROJECTION_HANDLES',
      `a projection decides nothing, but has @Handles(${handles[0]?.message.messageType ?? ''})`,
      'use @Applies; rows are folded, once is by position',
    );
  if (projection && applies.length === 0)
    problems.add('ACTOR_NO_INPUT', 'the projection has no @Applies method', 'put @Applies(SomeEvent) above the method that makes the row');
  if (!projection && handles.length === 0)
    problems.add('ACTOR_NO_INPUT', 'the actor has no @Handles method', 'put @Handles(SomeMessage) above the method that decides');
  checkKinds(entry, projection ? applies : handles, problems);
  checkTakes(entry, handles.length > 0 ? handles : applies, problems);
  checkMethods(instance, [...handles, ...late, ...applies], problems);
  for (const { message, once, before, deadline } of handles) {
    const type = message.messageType;
    if (deadline && entry.kind !== 'saga')
      problems.add('DEADLINE_OUTSIDE_SAGA', `@Handles(${type}) has "deadline" in a ${entry.kind}`, 'deadlines belong to sagas');
    if (deadline && once !== undefined)
      problems.add(
        'ONCE_ON_DEADLINE',
        `@Handles(${type}) has "once" and "deadline"`,
        'leave "once" out: the row that set it makes it once',
      );
    if (once !== undefined && entry.kind === 'aggregate')
      problems.add(
        'ONCE_ON_COMMAND',
        `@Handles(${type}) has "once", but a command is once by its id`,
        'decide on the state: throw new Rejected(…) or return []',
      );
    if (before !== undefined && once === undefined && !deadline)
      problems.add(
        'BEFORE_WITHOUT_ONCE',
        `@Handles(${type}) has "before" but no "once"`,
        'add once: without it a duplicate cannot be told from a first-seen late message',
      );
    if (before !== undefined && !lifecycle)
      problems.add(
        'BEFORE_WITHOUT_LIFECYCLE',
        `@Handles(${type}, { before: ${show(before)} }) has no lifecycle to stand in`,
        'pass { lifecycle } to @Saga',
      );
    if (before !== undefined && before === lifecycle?.statuses[0])
      problems.add('BEFORE_FIRST_STATUS', `@Handles(${type}) accepts nothing: ${show(before)} is the first status`, 'name a later status');
  }
  if (lifecycle && applies.length === 0)
    problems.add('LIFECYCLE_NEVER_MOVES', 'the saga has a lifecycle but no @Applies method, so its status never changes', 'add the folds');
}

function checkLate(handles: readonly HandlesEntry[], late: readonly MethodEntry[], problems: Problems): void {
  for (const { message, method } of late) {
    const timely = handles.find((h) => h.message === message);
    if (timely?.before === undefined || timely.deadline)
      problems.add(
        'LATE_WITHOUT_BEFORE',
        `@HandlesLate(${message.messageType}) above "${method}" never runs: nothing says when it is too late`,
        `add @Handles(${message.messageType}, { once: …, before: '…' })`,
      );
  }
}

/** Undefined for what is no method; a getter is asked, and may throw. */
export function methodOf(instance: object, name: string): ((...args: never[]) => unknown) | undefined {
  try {
    const found = (instance as Readonly<Record<string, unknown>>)[name];
    return typeof found === 'function' ? (found as (...args: never[]) => unknown) : undefined;
  } catch {
    return undefined;
  }
}

export function checkMethods(instance: object, methods: readonly MethodEntry[], problems: Problems): void {
  for (const { method, message } of methods)
    if (!methodOf(instance, method))
      problems.add('WRONG_DECORATOR', `${show(method)}, which takes ${message.messageType}, is no method`, 'make it one');
}

export function checkHandler(entry: ClassEntry, stray: readonly MethodEntry[], problems: Problems): void {
  checkClass(entry, problems);
  if (!NAME.test(entry.name))
    problems.add(
      'ACTOR_NAME',
      `${show(entry.name)} cannot name a handler`,
      'use a letter, then letters, digits, "_", "." and "-"; at most 64 characters',
    );
  if (entry.delivery !== 'at-least-once' && entry.delivery !== 'at-most-once')
    problems.add(
      'HANDLER_DELIVERY',
      `the delivery of "${entry.name}" is ${show(entry.delivery)}`,
      "choose 'at-least-once' or 'at-most-once'",
    );
  checkStray('Handles or @Applies', stray, entry, problems);
}

/** A decorator that this kind of class does not look at would do nothing, in silence. */
export function checkStray(decorator: string, methods: readonly MethodEntry[], entry: ClassEntry, problems: Problems): void {
  const [first] = methods;
  if (first)
    problems.add(
      'WRONG_DECORATOR',
      `"${first.method}" has @${decorator}, which means nothing in a ${entry.kind}`,
      entry.kind === 'handler' ? 'use @On' : 'use @Handles or @Applies',
    );
}

/** The compiler says the same of classes that it sees. */
function checkKinds(entry: ClassEntry, methods: readonly MethodEntry[], problems: Problems): void {
  const wanted = entry.kind === 'aggregate' ? 'command' : 'event';
  for (const { message } of methods) {
    if ((message.prototype as { '~kind'?: unknown })['~kind'] !== wanted)
      problems.add(
        'WRONG_KIND',
        `${message.messageType} is no ${wanted}`,
        'an aggregate takes commands, sagas and projections take events',
      );
  }
}

export function checkInitial(kind: ClassEntry['kind'], instance: AnyActor, lifecycle: Lifecycle | undefined, problems: Problems): void {
  problems.collect(() => {
    const state = instance.initial();
    refuseForeignState(state, 'initial()');
    if (kind === 'projection' && state !== undefined) canonical(state);
    if (!lifecycle) return;
    const status = (state as { status?: unknown } | null)?.status;
    if (status !== lifecycle.statuses[0])
      throw new WaybillError(
        'LIFECYCLE_START',
        `initial() begins in status ${show(status)}`,
        `begin in "${lifecycle.statuses[0] ?? ''}", the first status of the lifecycle`,
      );
  });
}
