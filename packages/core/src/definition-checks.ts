import type { AnyActor } from './actor';
import type { ClassEntry, HandlesEntry, MethodEntry } from './decorators';
import { describe, show, WaybillError } from './errors';
import { IndexSet } from './index-set';
import type { Lifecycle } from './lifecycle';
import type { AnyMessageClass } from './message';

/** Every problem of one class, raised together. */
export class Problems {
  private readonly found: WaybillError[] = [];
  constructor(private readonly where: string) {}

  get none(): boolean {
    return this.found.length === 0;
  }
  add(code: string, what: string, fix: string): void {
    this.found.push(new WaybillError(code, `${what} (${this.where})`, fix));
  }
  collect<T>(run: () => T): T | undefined {
    try {
      return run();
    } catch (error) {
      this.found.push(
        error instanceof WaybillError
          ? error
          : new WaybillError(
              'DEFINITION_FAILED',
              `${this.where}: ${describe(error)}`,
              'make it run without other actors, files or network',
              { cause: error },
            ),
      );
      return undefined;
    }
  }
  twice(methods: readonly MethodEntry[], decorator: string): void {
    const seen = new Map<string, MethodEntry>();
    for (const entry of methods) {
      const type = entry.message.messageType;
      const other = seen.get(type);
      if (other) this.add('TWO_METHODS', `@${decorator}(${type}) stands above "${other.method}" and "${entry.method}"`, 'keep one of them');
      seen.set(type, entry);
    }
  }
  /** @throws WaybillError the problem, or `DEFINITION_INVALID` with all of them. */
  raise(): void {
    const [first, second] = this.found;
    if (first && !second) throw first;
    if (first)
      throw new WaybillError(
        'DEFINITION_INVALID',
        `${this.found.length} problems in ${this.where}:\n  ${this.found.map((p) => p.message).join('\n  ')}\n`,
        'correct each of them',
      );
  }
}

const ACTOR_NAME = /^[A-Za-z][\w.]{0,63}$/;
const NAME = /^[A-Za-z][\w.-]{0,63}$/;

/** What types cannot catch, of one actor class. */
export function checkActor(
  entry: ClassEntry,
  instance: AnyActor,
  handles: readonly HandlesEntry[],
  applies: readonly MethodEntry[],
  lifecycle: Lifecycle | undefined,
  problems: Problems,
): void {
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
  if (projection && handles.length > 0)
    problems.add(
      'PROJECTION_HANDLES',
      `a projection decides nothing, but has @Handles(${handles[0]?.message.messageType ?? ''})`,
      'use @Applies; rows are folded, once is by position',
    );
  if (projection && applies.length === 0)
    problems.add('ACTOR_NO_INPUT', 'the projection has no @Applies method', 'put @Applies(SomeEvent) above the method that makes the row');
  if (!projection && handles.length === 0)
    problems.add('ACTOR_NO_INPUT', 'the actor has no @Handles method', 'put @Handles(SomeMessage) above the method that decides');
  checkTakes(entry, handles.length > 0 ? handles : applies, problems);
  for (const { message, once, before } of handles) {
    const type = message.messageType;
    if (before !== undefined && once === undefined)
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

function checkTakes(entry: ClassEntry, methods: readonly MethodEntry[], problems: Problems): void {
  if (entry.kind === 'handler' || !entry.takes) return;
  const handled = new Set<AnyMessageClass>(methods.map((m) => m.message));
  for (const message of entry.takes) {
    if (!handled.has(message))
      problems.add(
        'INPUT_NOT_HANDLED',
        `${message.messageType} is declared in takes but no method handles it`,
        `add @Handles(${message.messageType})`,
      );
  }
}

export function checkInitial(instance: AnyActor, lifecycle: Lifecycle | undefined, problems: Problems): void {
  problems.collect(() => {
    const state = instance.initial();
    refuseForeignState(state, 'initial()');
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

/** State is JSON and IndexSet: anything else would not be the same after a load. @throws WaybillError `STATE_NOT_JSON` */
export function refuseForeignState(state: unknown, path: string, depth = 0): void {
  if (state === null || state === undefined || state instanceof IndexSet || depth > 64) return;
  if (typeof state === 'function' || typeof state === 'symbol' || typeof state === 'bigint') throw foreign(path, `a ${typeof state}`);
  if (typeof state !== 'object') return;
  const prototype: unknown = Object.getPrototypeOf(state);
  if (!Array.isArray(state) && prototype !== null && Object.getPrototypeOf(prototype) !== null)
    throw foreign(path, `a ${state.constructor?.name ?? 'class instance'}`);
  for (const [field, value] of Object.entries(state)) refuseForeignState(value, `${path}.${field}`, depth + 1);
}

function foreign(path: string, what: string): WaybillError {
  return new WaybillError(
    'STATE_NOT_JSON',
    `${path} is ${what}`,
    'keep state as JSON and IndexSet: a Date as a number, a Map as an object',
  );
}
