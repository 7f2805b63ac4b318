import { canonical, IndexSet, WaybillError } from '@waybill/core';
import type { AnyActor, AnyMessageClass, Message, Meta } from '@waybill/core';
import { define, refuseForeignState, reviveTaken } from '@waybill/core/internal';
import type { ActorDefinition } from '@waybill/core/internal';
import { show } from '@waybill/core/store-kit';
import { deepFreeze, pure } from './pure';
import { diff, print } from './print';

export type ActorClass<A extends AnyActor> = new (...args: never[]) => A;

/**
 * The definition that the flow runs on, with each method checked: it runs without clock and chance, on frozen input, and
 * then again on a fresh instance, where the result must be the same.
 */
export function guardedDefinition<A extends AnyActor>(target: ActorClass<A>, make: () => A): ActorDefinition {
  const aged = actorOf(target, make());
  let another = actorOf(target, make());
  const fresh = (): ActorDefinition => another;
  const name = aged.name;
  return {
    ...aged,
    initial: () => checkedState(`initial() of "${name}"`, () => twice(`initial() of "${name}"`, aged.initial, () => fresh().initial())),
    // Called first for each message, so each message gets a new instance.
    key: (message) => {
      another = actorOf(target, make());
      return twice(
        `key() of "${name}"`,
        () => aged.key(message),
        () => fresh().key(copyOf(message)),
      );
    },
    inputs: new Map(
      [...aged.inputs].map(([type, taking]) => [
        type,
        {
          ...taking,
          decide: (message: Message, state: unknown, meta: Meta) =>
            twice(
              `@Handles(${type}) of "${name}"`,
              () => taking.decide(deepFreeze(message), state, meta),
              () =>
                fresh()
                  .inputs.get(type)
                  ?.decide(copyOf(message), copyState(state), { ...meta }),
            ),
          once:
            taking.once &&
            ((message: Message) =>
              twice(
                `once of @Handles(${type}) of "${name}"`,
                () => (taking.once as (m: Message) => string)(deepFreeze(message)),
                () => fresh().inputs.get(type)?.once?.(copyOf(message)) as string,
              )),
        },
      ]),
    ),
    folds: new Map(
      [...aged.folds].map(([type, { message: known, fold }]) => {
        const where = `@Applies(${type}) of "${name}"`;
        const run = (message: Message, state: unknown): unknown =>
          checkedState(where, () =>
            twice(
              where,
              () => fold(deepFreeze(message), state),
              () => fresh().folds.get(type)?.fold(copyOf(message), copyState(state)),
            ),
          );
        return [type, { message: known, fold: run }];
      }),
    ),
  };
}

function actorOf(target: ActorClass<AnyActor>, instance: AnyActor): ActorDefinition {
  const definition = define(target, instance);
  if (definition.kind === 'aggregate' || definition.kind === 'saga') return definition;
  throw new WaybillError(
    'SPEC_KIND',
    `spec(${target.name}): a ${definition.kind} makes no decisions`,
    'pass an aggregate or a saga; test the others with App.start on memoryStore()',
  );
}

/** Both runs must end with the same value or the same error. A promise is left to the flow, which refuses it. */
function twice<T>(where: string, first: () => T, second: () => T): T {
  const one = endOf(where, first);
  if (isOurs(one.error)) throw one.error;
  if (one.error === undefined && isThenable(one.value)) return one.value as T;
  const two = endOf(where, second);
  if (isOurs(two.error)) throw two.error;
  const [a, b] = [one, two].map(({ value, error }) => (error === undefined ? print(value) : `throws ${String(error)}`)) as [string, string];
  if (a !== b) {
    throw new WaybillError(
      'SPEC_NOT_DETERMINISTIC',
      `${where} gives another result when it runs again on the same input, as after a restart (- first, + second)\n${diff(a, b)}\n`,
      'use only the message, the state and meta: no fields of the instance, no variables of the module',
    );
  }
  if (one.error !== undefined) throw one.error;
  return one.value as T;
}

interface End {
  readonly value?: unknown;
  readonly error?: unknown;
}
function endOf(where: string, run: () => unknown): End {
  try {
    return { value: pure(where, run) };
  } catch (error) {
    return { error: error ?? new Error(String(error)) };
  }
}

function isOurs(error: unknown): boolean {
  return error instanceof WaybillError && error.code.startsWith('SPEC_');
}

function isThenable(value: unknown): boolean {
  return typeof (value as { then?: unknown } | null | undefined)?.then === 'function';
}

function checkedState(where: string, run: () => unknown): unknown {
  const state = run();
  if (state === undefined) {
    throw new WaybillError('SPEC_STATE_MISSING', `${where} returned no state`, 'return the state, also when it does not change');
  }
  refuseForeignState(state, `the state from ${where}`);
  try {
    canonical({ state: withoutIndexSets(state) });
  } catch (error) {
    throw new WaybillError(
      'STATE_NOT_JSON',
      `the state from ${where} is not JSON: ${(error as Error).message}`,
      'keep state as JSON and IndexSet',
      {
        cause: error,
      },
    );
  }
  return deepFreeze(state);
}

function withoutIndexSets(value: unknown, depth = 0): unknown {
  if (value instanceof IndexSet) return value.toJSON();
  if (typeof value !== 'object' || value === null || depth > 64) return value;
  if (Array.isArray(value)) return value.map((item) => withoutIndexSets(item, depth + 1));
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, withoutIndexSets(field, depth + 1)]));
}

function copyState(value: unknown): unknown {
  if (value instanceof IndexSet) return deepFreeze(IndexSet.fromJSON(value.toJSON()));
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return Object.freeze(value.map(copyState));
  return Object.freeze(Object.fromEntries(Object.entries(value).map(([key, field]) => [key, copyState(field)])));
}

/** The message built anew from its data, fields in the same order. */
export function copyOf(message: Message): Message {
  const known = message.constructor as AnyMessageClass;
  if (known['~options'] === undefined)
    throw new WaybillError('SPEC_NOT_A_MESSAGE', `${show(message.type)} is not an instance of a message class`, 'use new');
  return deepFreeze(reviveTaken(known, JSON.parse(JSON.stringify(message)), known['~options'].version ?? 1));
}

/** The same JSON with the fields of every object in reverse order. */
export function backwards(text: string): string {
  const turn = (value: unknown): unknown => {
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) return value.map(turn);
    return Object.fromEntries(
      Object.entries(value)
        .reverse()
        .map(([key, field]) => [key, turn(field)]),
    );
  };
  return JSON.stringify(turn(JSON.parse(text)));
}
