import type { StandardSchemaV1 } from '@standard-schema/spec';
import { checkOptions } from '../base/checks';
import { WaybillError, codeOf, show } from '../base/errors';
import { UNCHECKED, checkFirst, isBuilt, refuseClassFields, type Unchecked } from './class-fields';
import { checkPersonal, declarePersonal } from './personal';
import { completed, refuseAsync, validated } from './schema';
import type { AnyMessageClass, AnyMessageOptions, Fields, Kind, Message, MessageClassOf, MessageOptions, Upcast } from './types';

export type * from './types';

/** Something that has happened: `class ItemAdded extends Event('ItemAdded')<{ index: number }> {}`. */
export function Event<
  const N extends string,
  S extends StandardSchemaV1 | undefined = undefined,
  const V extends number = 1,
  const P extends string = never,
  Q extends object = Fields,
>(name: N, options: MessageOptions<S, V, P, Q> = {}): MessageClassOf<N, 'event', S, P, Q> {
  return makeClass('event', name, options as unknown as AnyMessageOptions) as MessageClassOf<N, 'event', S, P, Q>;
}

/** Something asked for, of one actor: `class AddItem extends Command('AddItem')<{ orderId: string }> {}`. */
export function Command<
  const N extends string,
  S extends StandardSchemaV1 | undefined = undefined,
  const V extends number = 1,
  const P extends string = never,
  Q extends object = Fields,
>(name: N, options: MessageOptions<S, V, P, Q> = {}): MessageClassOf<N, 'command', S, P, Q> {
  return makeClass('command', name, options as unknown as AnyMessageOptions) as MessageClassOf<N, 'command', S, P, Q>;
}

const OPTIONS = ['schema', 'version', 'upcast', 'aliases', 'personal', 'subject'];

function makeClass(kind: Kind, name: string, options: AnyMessageOptions): unknown {
  checkOptions(options, show(name), OPTIONS);
  const { aliases = [] } = options;
  if (!Array.isArray(aliases))
    throw new WaybillError('OPTION_INVALID', `aliases of ${show(name)} is ${show(aliases)}, not a list`, 'give a list: […]');
  for (const one of [name, ...aliases]) {
    if (typeof one === 'string' && /^[A-Za-z][\w.]{0,127}$/.test(one)) continue;
    throw new WaybillError(
      'MESSAGE_NAME',
      `${show(one)} cannot name a message`,
      'use a letter, then up to 127 letters, digits, "_" or "."',
    );
  }
  const version = options.version ?? 1;
  if (!Number.isSafeInteger(version) || version < 1)
    throw new WaybillError('MESSAGE_VERSION', `${name} has version ${show(version)}`, 'count versions 1, 2, 3 …');
  for (let n = 1; n < version; n++) {
    if (typeof (options.upcast as Record<number, Upcast> | undefined)?.[n] === 'function') continue;
    throw new WaybillError('MESSAGE_UPCAST_GAP', `${name} version ${version} has no upcast from ${n}`, `add upcast: { ${n}: (data) => … }`);
  }
  const schema = options.schema;
  const names: readonly unknown[] = [name, ...aliases];
  const personal = declarePersonal(name, options.personal, options.subject, options.aliases);
  const fill = (own: Record<string, unknown>, data: Record<string, unknown> | Unchecked): void => {
    const trusted = (data as Partial<Unchecked> | null)?.[UNCHECKED];
    const checked = (trusted ?? (schema ? validated(name, schema, data) : data)) as Record<string, unknown>;
    if (typeof checked !== 'object' || checked === null || Array.isArray(checked)) {
      throw new WaybillError('MESSAGE_INVALID', `${name} was given ${shown(checked)}`, 'pass one plain object');
    }
    if (personal && !trusted) checkPersonal(name, personal, checked);
    for (const field of Object.keys(checked)) {
      const value = checked[field];
      if (value === undefined) continue;
      // Some write the name into the data as well: there it says nothing new.
      if (field === 'type' && names.includes(value)) continue;
      // A name that the class already has (`type`, a getter, `constructor`, `__proto__`) is refused: assigning it would not make a field.
      if (field in own) throw new WaybillError('CONTENT_FORBIDDEN_KEY', `${name} cannot have a field "${field}"`, 'rename the field');
      own[field] = value;
    }
  };
  class Base {
    static readonly messageType = name;
    static readonly '~options' = options;

    constructor(data: Record<string, unknown> | Unchecked = {}) {
      if (!isBuilt(new.target)) checkFirst(new.target as unknown as AnyMessageClass);
      try {
        fill(this as unknown as Record<string, unknown>, data);
      } catch (error) {
        throw codeOf(error) === undefined ? unreadable(name, error) : error;
      }
    }
  }
  Object.defineProperty(Base.prototype, 'type', { value: name });
  Object.defineProperty(Base.prototype, '~kind', { value: kind });
  return Base;
}

/** What a getter or a schema has thrown may quote the data: it is kept as the cause, and the message shows nothing of it. */
function unreadable(name: string, cause: unknown): WaybillError {
  return new WaybillError(
    'MESSAGE_INVALID',
    `${name} cannot be built: a getter of its data throws, or its schema`,
    'pass plain data, and a schema that returns issues instead of throwing',
    { cause },
  );
}

/** A string is not quoted: it may be the data itself. */
function shown(data: unknown): string {
  return typeof data === 'string' ? 'a string' : Array.isArray(data) ? 'a list' : show(data);
}

/**
 * The message of `data`, which was written at schema version `version`: upcast to today's version, then checked.
 * @throws WaybillError `MESSAGE_INVALID`, `MESSAGE_NEWER_VERSION`, or what an upcaster throws.
 */
export function revive(message: AnyMessageClass, data: unknown, version: number): Message {
  return new message(upcast(message, data, version) as never);
}

/** As `revive`, but what the schema refuses today is read as it stands: what an actor has taken in stays taken in. */
export function reviveTaken(message: AnyMessageClass, data: unknown, version: number): Message {
  const { schema } = message['~options'];
  const now = upcast(message, data, version);
  return reviveChecked(message, schema ? completed(message.messageType, schema, now) : now);
}

/** The message of data that today's schema has made. */
export function reviveChecked(message: AnyMessageClass, data: unknown): Message {
  return new message({ [UNCHECKED]: data } as never);
}

/** Data of schema version `version` in today's version. @throws WaybillError `MESSAGE_INVALID`, `MESSAGE_NEWER_VERSION`, or what an upcaster throws */
export function upcast(message: AnyMessageClass, data: unknown, version: number): unknown {
  const { messageType: name, '~options': options } = message;
  const current = versionOf(message);
  if (!Number.isSafeInteger(version) || version < 1)
    throw new WaybillError('MESSAGE_INVALID', `${name} was written at version ${show(version)}`, 'write versions 1, 2, 3 …');
  if (version > current) {
    const what = `${name} version ${version} is newer than this code, which knows ${current}`;
    throw new WaybillError('MESSAGE_NEWER_VERSION', what, 'deploy the code that writes this version');
  }
  let now = data;
  for (let n = version; n < current; n++) {
    now = (options.upcast as Record<number, Upcast>)[n]?.(now as Record<string, unknown>);
    if (typeof now === 'object' && now !== null) continue;
    throw new WaybillError('MESSAGE_INVALID', `the upcast of ${name} from ${n} returned ${shown(now)}`, 'return data of the next version');
  }
  return now;
}

/** The name of a class in the log, and its former names. */
export function namesOf(message: AnyMessageClass): string[] {
  return [message.messageType, ...(message['~options'].aliases ?? [])];
}

export function isMessageClass(value: unknown): value is AnyMessageClass {
  return typeof value === 'function' && typeof (value as { messageType?: unknown }).messageType === 'string' && '~options' in value;
}

/** @throws WaybillError `MESSAGE_CLASS_MISSING` */
export function mustBeMessageClass(value: unknown, where: string): void {
  if (isMessageClass(value)) return;
  throw new WaybillError(
    'MESSAGE_CLASS_MISSING',
    `the message class of ${where} is ${show(value)}`,
    "pass a class made with Event('…') or Command('…'); undefined means that two files import each other",
  );
}

/** Checks a message class before its first message. @throws WaybillError `MESSAGE_CLASS_FIELD`, `MESSAGE_SCHEMA_ASYNC` */
export function checkMessageClass(message: AnyMessageClass): void {
  refuseClassFields(message);
  const { schema } = message['~options'];
  if (schema) refuseAsync(message.messageType, schema['~standard'].validate({}));
}

export function versionOf(message: AnyMessageClass): number {
  return message['~options'].version ?? 1;
}
