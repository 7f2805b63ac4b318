import { WaybillError } from '../base/errors';
import { Event, isMessageClass, mustBeMessageClass, namesOf, reviveChecked } from './message';
import { checkPersonal, personalOf } from './personal';
import type { AnyCommand, AnyMessageClass, AnyMessageOptions, Fields, Message, MessageStatics, StandardSchemaV1, Upcast } from './types';

/** The field that a refusal has besides those of its command. */
const BECAUSE = 'refusedBecause';
const SUFFIX = '.refused';
const LONGEST = 128 - SUFFIX.length;

type RefusalData<C extends AnyCommand> = Omit<C, 'type' | '~kind' | 'refusedBecause'> & { readonly refusedBecause: string };

/** The event by which the sagas hear that a command was refused: its data, and why. */
export type Refusal<C extends AnyCommand> = C extends AnyCommand ? Message<`${C['type']}.refused`, 'event'> & RefusalData<C> : never;

export interface RefusalClass<C extends AnyCommand> extends MessageStatics<`${C['type']}.refused`> {
  new (data: RefusalData<C>): Refusal<C>;
}
type HasRoom<C> = C extends { readonly refusedBecause: unknown }
  ? { readonly '~refusal': 'rename the field refusedBecause: its refusal says there why' }
  : unknown;

const classes = new WeakMap<AnyMessageClass, AnyMessageClass>();
const commands = new WeakMap<AnyMessageClass, AnyMessageClass>();

/** The command whose refusals are of this class. */
export function refusedCommand(message: AnyMessageClass): AnyMessageClass | undefined {
  return commands.get(message);
}

/**
 * The event class of the refusals of a command, the same at each call. Its type is that of the command and `.refused`; it has the
 * command's fields, schema versions, former names and personal data, so that a saga finds its key as in the command.
 * @throws WaybillError `MESSAGE_CLASS_MISSING`, `WRONG_KIND`, `MESSAGE_NAME`
 */
export function Refusal<C extends AnyCommand>(command: AnyMessageClass<C> & HasRoom<C>): RefusalClass<C> {
  mustBeMessageClass(command, 'Refusal()');
  const known = classes.get(command) ?? makeRefusal(command);
  classes.set(command, known);
  commands.set(known, command);
  return known as unknown as RefusalClass<C>;
}

function makeRefusal(command: AnyMessageClass): AnyMessageClass {
  const { messageType: name, '~options': options } = command;
  if ((command.prototype as Message)['~kind'] !== 'command')
    throw new WaybillError('WRONG_KIND', `Refusal() is given ${name}, which is not a command`, 'pass the class of the command');
  if (name.length > LONGEST)
    throw new WaybillError('MESSAGE_NAME', `${name}${SUFFIX} is too long a name`, `name the command with at most ${LONGEST} characters`);
  const { version, upcast, schema, personal, subject } = options;
  const upcasts = Object.entries((upcast ?? {}) as Readonly<Record<string, Upcast>>).map(([from, up]) => [from, besides(up)] as const);
  const given: Record<keyof AnyMessageOptions, unknown> = {
    ...{ version, personal, subject, upcast: Object.fromEntries(upcasts) },
    schema: schema && schemaOf(schema),
    // No row can stand under a name that is too long.
    aliases: namesOf(command)
      .slice(1)
      .filter(({ length }) => length <= LONGEST)
      .map((alias) => alias + SUFFIX),
  };
  return Event(name + SUFFIX, given as object) as unknown as AnyMessageClass;
}

/** The refusal of a command that was taken in. @throws WaybillError `CONTENT_FORBIDDEN_KEY`, `CONTENT_TOO_LARGE` */
export function refusalOf(command: Message, content: string, reason: string): Message {
  if (!isMessageClass(command.constructor)) return command;
  const refusal = Refusal(command.constructor as AnyMessageClass<AnyCommand>) as AnyMessageClass;
  const fields = JSON.parse(content) as Fields;
  if (BECAUSE in fields)
    throw new WaybillError('CONTENT_FORBIDDEN_KEY', `${command.type} has a field "${BECAUSE}", as its refusal has`, 'rename the field');
  const data = { ...fields, [BECAUSE]: reason };
  const personal = personalOf(refusal.messageType);
  if (personal) checkPersonal(refusal.messageType, personal, data);
  return reviveChecked(refusal, data);
}

/** What the command's upcaster makes of its data. */
function besides(up: Upcast): Upcast {
  return ({ [BECAUSE]: because, ...command }) => ({ ...up(command), [BECAUSE]: because });
}

/** The command's schema, for its own fields. */
function schemaOf({ '~standard': { validate } }: StandardSchemaV1): StandardSchemaV1 {
  return {
    '~standard': {
      version: 1,
      vendor: 'waybill',
      validate: (data) => {
        const { [BECAUSE]: because, ...command } = Object(data) as Fields;
        const result = validate(command);
        if (result instanceof Promise || result.issues) return result;
        if (typeof because !== 'string') return { issues: [{ message: 'it is not a text', path: [BECAUSE] }] };
        return { value: { ...(result.value as Fields), [BECAUSE]: because } };
      },
    },
  };
}
