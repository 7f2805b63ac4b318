import { checkList, checkOptions, isObject } from '../base/checks';
import { millisecondsOf } from '../base/duration';
import { show } from '../base/errors';
import { isMessageClass } from '../messages/message';
import type { AnyMessageClass } from '../messages/message';
import type { ClassEntry, MethodEntry } from './decorators';
import type { Problems } from './problems';

const ACTOR = ['retry', 'durable', 'takes', 'unknown', 'retired', 'snapshot'];
const KNOWN: Readonly<Record<ClassEntry['kind'], readonly string[]>> = {
  aggregate: [...ACTOR, 'fromLog'],
  saga: [...ACTOR, 'lifecycle', 'sends'],
  // `retry` has an error of its own.
  projection: ['durable', 'retry'],
  handler: ['delivery', 'retry', 'durable'],
};

/** @throws WaybillError `OPTION_INVALID` */
export function checkNames({ kind, name, options }: ClassEntry): void {
  checkOptions(options, `${kind} ${show(name)}`, KNOWN[kind]);
}

/** What the class decorator was given. */
export function checkClass({ kind, name, options }: ClassEntry, problems: Problems): void {
  const { unknown, retry = {}, snapshot = {} } = options;
  problems.collect(() => checkNames({ kind, name, options }));
  if (kind === 'projection' && (!isObject(retry) || Object.keys(retry).length > 0))
    problems.add('RETRY_ON_PROJECTION', 'a fold is pure: what has thrown throws again', 'leave "retry" out: the event is parked at once');
  else checkRetry(retry, problems);
  problems.collect(() => checkOptions(snapshot, 'snapshot', ['every', 'version']));
  const { every, version } = Object(snapshot) as { every?: unknown; version?: unknown };
  checkCounts({ 'snapshot.every': every, 'snapshot.version': version }, problems);
  if (unknown !== undefined && unknown !== 'stop' && unknown !== 'park')
    problems.add('OPTION_INVALID', `unknown is ${show(unknown)}`, "choose 'stop' or 'park'");
  for (const list of ['takes', 'sends', 'retired'] as const) problems.collect(() => checkList(options[list], list));
  for (const message of listed(options.sends))
    if (!isMessageClass(message) || (message.prototype as { '~kind'?: unknown })['~kind'] !== 'command')
      problems.add(
        'WRONG_KIND',
        `sends holds ${show(isMessageClass(message) ? message.messageType : message)}, which is no command`,
        'list command classes',
      );
}

function checkRetry(retry: NonNullable<ClassEntry['options']['retry']>, problems: Problems): void {
  problems.collect(() => checkOptions(retry, 'retry', ['attempts', 'base', 'cap']));
  problems.collect(() => [retry?.base, retry?.cap].map((duration) => duration !== undefined && millisecondsOf(duration)));
  checkCounts({ 'retry.attempts': retry?.attempts }, problems);
}

function checkCounts(counts: Readonly<Record<string, unknown>>, problems: Problems): void {
  for (const [name, value] of Object.entries(counts)) {
    if (value !== undefined && !(Number.isSafeInteger(value) && (value as number) >= 1))
      problems.add('OPTION_INVALID', `${name} is ${show(value)}`, 'give a whole number from 1');
  }
}

/** Nothing of what is no list: that is told already. */
export function listed<T>(value: readonly T[] | undefined): readonly T[] {
  return Array.isArray(value) ? (value as readonly T[]) : [];
}

export function checkTakes(entry: ClassEntry, methods: readonly MethodEntry[], problems: Problems): void {
  const handled = new Set<AnyMessageClass>(methods.map((m) => m.message));
  for (const message of listed(entry.options.takes)) {
    if (!isMessageClass(message))
      problems.add('MESSAGE_CLASS_MISSING', `takes holds ${show(message)}`, 'undefined means that two files import each other');
    else if (!handled.has(message))
      problems.add(
        'INPUT_NOT_HANDLED',
        `${message.messageType} is declared in takes but no method handles it`,
        `add @Handles(${message.messageType})`,
      );
  }
}
