import { canonical } from '../base/canonical-json';
import { WaybillError, show } from '../base/errors';
import { checkMessageClass, isMessageClass, namesOf, type AnyCommand, type AnyMessageClass } from '../messages/message';
import { Refusal } from '../messages/refusal';
import { methodOf, type Declaration } from './declaration';
import type { Method } from './decorators';
import { HANDLER_RULES } from './handler-rules';
import { ALL, OPTION_RULES, kindOf, listed } from './option-rules';
import { checkedBy, rule, type Rule } from './problems';
import { refuseForeignState } from './state';

const ACTORS = ['aggregate', 'saga', 'projection'] as const;
const STATE = ['STATE_NOT_JSON', 'CONTENT_NOT_JSON', 'CONTENT_TOO_DEEP', 'CONTENT_FORBIDDEN_KEY', 'CONTENT_TOO_LARGE'];

/** What a class may not do, in the order in which its problems are listed. */
export const RULES: readonly Rule[] = [
  ...OPTION_RULES,
  ...HANDLER_RULES,
  rule('ACTOR_NO_KEY', ACTORS, 'add it: it returns the key of the actor that a message is for', ({ instance }) =>
    typeof instance.key === 'function' ? [] : 'the actor has no method key(message)',
  ),
  rule('ACTOR_NO_INITIAL', ACTORS, 'add it: it returns the state before the first row', ({ instance }) =>
    typeof instance.initial === 'function' ? [] : 'the actor has no method initial()',
  ),
  rule('ACTOR_NO_INPUT', ['aggregate', 'saga'], 'put @Handles(SomeMessage) above the method that decides', ({ handles }) =>
    handles.length > 0 ? [] : 'the actor has no @Handles method',
  ),
  rule('ACTOR_NO_INPUT', ['projection'], 'put @Applies(SomeEvent) above the method that makes the row', ({ applies }) =>
    applies.length > 0 ? [] : 'the projection has no @Applies method',
  ),
  rule('HANDLER_NO_INPUT', ['handler'], 'put @On(SomeEvent) above the method that makes the call', ({ name, calls }) =>
    calls.length > 0 ? [] : `@Handler "${name}" has no @On method`,
  ),
  rule('INPUT_NOT_HANDLED', ACTORS, 'add a method for it, or leave it out of takes', ({ kind, handles, applies, options: { takes } }) =>
    listed(takes)
      .filter(isMessageClass)
      .filter((input) => !(kind === 'projection' ? applies : handles).some(({ message }) => message === input))
      .map((input) => `${input.messageType} is declared in takes but no method handles it`),
  ),
  rule('INPUT_NOT_HANDLED', ['aggregate'], 'add a method for it, or leave it out of refuses', ({ handles, options: { refuses } }) =>
    refused(refuses)
      .filter((input) => !handles.some(({ message }) => message === input))
      .map((input) => `${input.messageType} is declared in refuses but no method handles it`),
  ),
  checkedBy(['MESSAGE_NAME'], ['aggregate'], ({ options: { refuses } }) => refused(refuses).map((input) => () => Refusal(input))),
  rule('WRONG_DECORATOR', ALL, 'use @Handles and @Applies in actors, @On in handlers', ({ kind, misplaced }) =>
    misplaced.map((m) => `"${m.method}" has @${m.decorator}, which does nothing in this ${kind}`),
  ),
  rule('WRONG_DECORATOR', ALL, 'make it a method', ({ instance, methods }) =>
    methods.filter((m) => !methodOf(instance, m.method)).map((m) => `${show(m.method)}, which has ${decoratorOf(m)}, is not a method`),
  ),
  rule('TWO_METHODS', ALL, 'keep one of them', ({ methods }) => takenTwice(methods)),
  rule('WRONG_KIND', ['aggregate'], 'aggregates take commands; let a saga take events', ({ handles }) =>
    handles.filter(({ message }) => kindOf(message) !== 'command').map(({ message }) => `${message.messageType} is not a command`),
  ),
  rule('WRONG_KIND', ['saga'], 'sagas take events; let an aggregate take commands', ({ handles }) =>
    handles.filter(({ message }) => kindOf(message) !== 'event').map(({ message }) => `${message.messageType} is not an event`),
  ),
  rule('WRONG_KIND', ['projection'], 'projections take the events that come of a command', ({ applies }) =>
    applies.filter(({ message }) => kindOf(message) !== 'event').map(({ message }) => `${message.messageType} is not an event`),
  ),
  checkedBy(['MESSAGE_CLASS_FIELD', 'MESSAGE_SCHEMA_ASYNC', 'DEFINITION_FAILED'], ALL, ({ methods, options: { sends, emits } }) =>
    [...new Set([...methods.map((m) => m.message), ...[...listed(sends), ...listed(emits)].filter(isMessageClass)])].map(
      (message) => () => checkMessageClass(message),
    ),
  ),
  rule('PROJECTION_HANDLES', ['projection'], 'use @Applies: a projection folds events into rows', ({ handles }) =>
    handles.filter((m) => m.once === undefined).map((m) => `a projection decides nothing, but has ${decoratorOf(m)}`),
  ),
  rule('ONCE_ON_PROJECTION', ['projection'], 'use @Applies: each event is folded once, by its position', ({ handles }) =>
    handles.filter((m) => m.once !== undefined).map((m) => `a projection decides nothing, but has ${decoratorOf(m)} with "once"`),
  ),
  rule('ONCE_ON_PROJECTION', ['projection'], 'leave them out: each event is folded once, by its position', ({ applies }) =>
    applies.filter((m) => m.extra !== undefined).map((m) => `${decoratorOf(m)} takes no options`),
  ),
  rule('APPLIES_OPTIONS', ['aggregate', 'saga'], 'put them into @Handles', ({ applies }) =>
    applies.filter((m) => m.extra !== undefined).map((m) => `${decoratorOf(m)} takes no options`),
  ),
  rule('ONCE_ON_COMMAND', ['aggregate'], 'decide on the state: throw new Rejected(…) or return []', ({ handles }) =>
    handles.filter((m) => m.once !== undefined).map((m) => `${decoratorOf(m)} has "once", but a command is once by its id`),
  ),
  rule('DEADLINE_OUTSIDE_SAGA', ['aggregate', 'projection'], 'deadlines belong to sagas', ({ kind, handles }) =>
    handles.filter((m) => m.deadline).map((m) => `${decoratorOf(m)} of this ${kind} has "deadline"`),
  ),
  rule('ONCE_ON_DEADLINE', ACTORS, 'leave "once" out: the row that set the deadline makes it once', ({ handles }) =>
    handles.filter((m) => m.deadline && m.once !== undefined).map((m) => `${decoratorOf(m)} has "once" and "deadline"`),
  ),
  rule('BEFORE_WITHOUT_ONCE', ACTORS, 'add "once": without it, a duplicate looks like a late message that is new', ({ handles }) =>
    handles
      .filter((m) => m.before !== undefined && m.once === undefined && !m.deadline)
      .map((m) => `${decoratorOf(m)} has "before" but no "once"`),
  ),
  rule('BEFORE_WITHOUT_LIFECYCLE', ACTORS, 'pass { lifecycle } to @Saga', ({ handles, options: { lifecycle } }) =>
    handles
      .filter((m) => m.before !== undefined && !lifecycle)
      .map((m) => `${decoratorOf(m)} has before: ${show(m.before)}, but the class has no lifecycle`),
  ),
  rule('BEFORE_FIRST_STATUS', ACTORS, 'name a later status', ({ handles, options: { lifecycle } }) =>
    handles
      .filter((m) => m.before !== undefined && m.before === lifecycle?.statuses[0])
      .map((m) => `${decoratorOf(m)} accepts nothing: ${show(m.before)} is the first status`),
  ),
  rule('LIFECYCLE_UNKNOWN_STATUS', ACTORS, 'use a status of the lifecycle', ({ handles, options: { lifecycle } }) =>
    handles
      .filter((m) => m.before !== undefined && lifecycle?.statuses.includes(m.before) === false)
      .map((m) => `${decoratorOf(m)} has before: ${show(m.before)}, which is not one of ${lifecycle?.statuses.join(', ')}`),
  ),
  rule('LATE_WITHOUT_BEFORE', ACTORS, "add { once: …, before: '…' } to @Handles of that message", ({ handles, late }) =>
    late
      .map((m) => ({ ...m, inTime: handles.find(({ message }) => message === m.message) }))
      .filter(({ inTime }) => inTime?.before === undefined || inTime.deadline)
      .map((m) => `${decoratorOf(m)} above "${m.method}" never runs: nothing says when it is too late`),
  ),
  rule(
    'LIFECYCLE_NEVER_MOVES',
    ACTORS,
    'add @Applies methods that return the later statuses',
    ({ kind, applies, options: { lifecycle } }) =>
      lifecycle && applies.length === 0 ? `the ${kind} has a lifecycle but no @Applies method, so its status never changes` : [],
  ),
  checkedBy(['DEFINITION_FAILED', 'LIFECYCLE_START', ...STATE], ACTORS, (declaration) =>
    typeof declaration.instance.initial === 'function' ? [() => checkInitial(declaration)] : [],
  ),
];

/** Of what `refuses` lists, the commands. */
function refused(refuses: Declaration['options']['refuses']): readonly AnyMessageClass<AnyCommand>[] {
  return listed(refuses).filter((message) => isMessageClass(message) && kindOf(message) === 'command');
}

/** The decorator as written above the method. */
function decoratorOf({ decorator, message }: Method): string {
  return `@${decorator}(${message.messageType})`;
}

/** One message goes to one method, under each name that it has in the log. */
function takenTwice(methods: readonly Method[]): readonly string[] {
  const seen = new Map<string, Method>();
  return methods.flatMap((method) => {
    const decorators = namesOf(method.message).map((name) => `@${method.decorator}(${name})`);
    const taken = decorators.find((decorator) => seen.has(decorator));
    const text = taken === undefined ? [] : [`${taken} is above both "${seen.get(taken)?.method}" and "${method.method}"`];
    for (const decorator of decorators) seen.set(decorator, method);
    return text;
  });
}

function checkInitial({ className, kind, instance, options: { lifecycle } }: Declaration): void {
  const state = instance.initial?.();
  refuseForeignState(state, `${className}.initial()`);
  if (kind === 'projection' && state !== undefined) canonical(state);
  if (!lifecycle) return;
  const status = (state as { status?: unknown } | null)?.status;
  if (status === lifecycle.statuses[0]) return;
  const fix = `begin in "${lifecycle.statuses[0] ?? ''}", the first status of the lifecycle`;
  throw new WaybillError('LIFECYCLE_START', `${className}.initial() begins in status ${show(status)}`, fix);
}
