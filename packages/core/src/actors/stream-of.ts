import { WaybillError, show } from '../base/errors';
import type { Message } from '../messages/message';
import { checkName } from '../store/limits';
import type { ActorDefinition, HandlerDefinition } from './definition';

/** The stream of the actor that `message` is for; undefined if it is for none. @throws WaybillError `KEY_INVALID`, or what key() throws */
export function streamOf(definition: ActorDefinition, message: Message): string | undefined {
  const key = definition.key(message);
  if (key === undefined) return undefined;
  if (typeof key !== 'string' || key === '') {
    throw new WaybillError(
      'KEY_INVALID',
      `key() of "${definition.name}" returned ${show(key)} for ${message.type}`,
      'return a string that is not empty, or undefined',
    );
  }
  const stream = `${definition.name}-${key}`;
  checkName('key', stream);
  return stream;
}

/** What a handler's `key` gives; undefined where its class has none. @throws WaybillError `KEY_INVALID`, and what the function throws */
export function orderKeyOf({ name, options }: HandlerDefinition, message: Message): string | undefined {
  if (!options.key) return undefined;
  const key: unknown = options.key(message as never);
  if (typeof key === 'string') return key;
  throw new WaybillError('KEY_INVALID', `key of "${name}" gives ${show(key)} for ${message.type}`, 'return a text for every event');
}

export function keyMissing({ name }: ActorDefinition, { type }: Message): WaybillError {
  return new WaybillError('KEY_INVALID', `key() of "${name}" gives no key for ${type}`, 'return a key for every command');
}
