import { WaybillError, show } from '../base/errors';
import type { Message } from '../messages/message';
import { checkName } from '../store/limits';
import type { ActorDefinition } from './definition';

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
