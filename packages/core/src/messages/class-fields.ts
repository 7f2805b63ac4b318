import { WaybillError } from '../base/errors';
import type { AnyMessageClass } from './types';

/** Builds a message without its schema: for rows that were taken in before, and to inspect a class. */
export const UNCHECKED: unique symbol = Symbol('unchecked');
export interface Unchecked {
  readonly [UNCHECKED]: object;
}

/** Classes of which a message was built: each is checked before its first one, wherever that is. */
const built = new WeakSet<object>();
export function isBuilt(message: object): boolean {
  return built.has(message);
}

/** Where the class has a constructor of its own, which may take anything, only a field without a value is known to be a class field. */
export function checkFirst(message: AnyMessageClass): void {
  built.add(message);
  let fields: readonly (readonly [string, unknown])[] = [];
  try {
    fields = fieldsBesideData(message);
  } catch {
    // That constructor needs what it takes.
  }
  const declared = fields.filter(([, value]) => message.length === 0 || value === undefined);
  if (declared.length > 0) built.delete(message);
  refuseClassFields(message, declared);
}

/** What a message without data holds: class fields are set after the constructor of `Event` has run, which cannot see them. */
function fieldsBesideData(message: AnyMessageClass): readonly (readonly [string, unknown])[] {
  return Object.entries(new message({ [UNCHECKED]: {} } as never));
}

/** A class field declared on a message erases the data of that name when a message is built. @throws WaybillError `MESSAGE_CLASS_FIELD` */
export function refuseClassFields(message: AnyMessageClass, fields = fieldsBesideData(message)): void {
  if (fields.length === 0) return;
  throw new WaybillError(
    'MESSAGE_CLASS_FIELD',
    `${message.messageType} declares the class field ${fields.map(([field]) => `"${field}"`).join(', ')}, which erases the data of that name`,
    `describe the data in the type: class ${message.messageType} extends Event('${message.messageType}')<{ … }> {}`,
  );
}
