import { WaybillError } from '@waybill/core';
import type { AnyMessageClass, Message } from '@waybill/core';
import { personalOf } from '@waybill/core/internal';
import type { ActorDefinition, Definition } from '@waybill/core/internal';

/** The actors whose state may hold personal data. */
export function actorsWithPersonal(definitions: readonly Definition[]): ReadonlySet<string> {
  const touched = definitions.filter((one) => one.kind !== 'handler' && messagesOf(one).some(({ messageType }) => personalOf(messageType)));
  return new Set(touched.map(({ name }) => name));
}

/**
 * A snapshot would hold the state unencrypted, so the store drops it and the option would do nothing.
 * @throws WaybillError `PERSONAL_SNAPSHOT`
 */
export function refusePersonalSnapshots(definitions: readonly Definition[]): void {
  const actors = actorsWithPersonal(definitions);
  for (const one of definitions) {
    if (one.kind === 'handler' || !actors.has(one.name) || !one.options.snapshot) continue;
    const what = `"${one.name}" has snapshots and takes personal data, which they would hold in clear`;
    throw new WaybillError('PERSONAL_SNAPSHOT', what, 'leave the option snapshot out: its state is folded from its rows');
  }
}

/**
 * A key must not read personal fields: after the person is forgotten, the same message would be for another actor, or count as
 * another message. Keys are tried on a message that records which of its fields are read.
 * @throws WaybillError `PERSONAL_KEY`
 */
export function refusePersonalKeys(definitions: readonly Definition[]): void {
  for (const definition of definitions) {
    if (definition.kind === 'handler') continue;
    const actor: ActorDefinition = definition;
    for (const message of messagesOf(actor)) {
      refuse(message, `key() of "${actor.name}"`, actor.key);
      const once = actor.inputs.get(message.messageType)?.once;
      if (once) refuse(message, `the once key of "${actor.name}"`, once);
    }
  }
}

function refuse(message: AnyMessageClass, what: string, read: (message: Message) => unknown): void {
  const fields = personalOf(message.messageType)?.fields ?? [];
  let found: string | undefined;
  const probe = new Proxy(message.prototype as Message, {
    get(target, field) {
      if (typeof field === 'string' && fields.includes(field)) found ??= field;
      return field in target ? (Reflect.get(target, field) as unknown) : '-';
    },
  });
  if (fields.length === 0) return;
  try {
    read(probe);
  } catch {
    // It needs more of the message than the probe has; what it has read so far counts.
  }
  if (found === undefined) return;
  throw new WaybillError(
    'PERSONAL_KEY',
    `${what} reads "${found}" of ${message.messageType}, which is personal`,
    'build the key from fields that stay when the person is forgotten',
  );
}

function messagesOf(definition: Exclude<Definition, { kind: 'handler' }>): AnyMessageClass[] {
  const actor: ActorDefinition = definition;
  return [...new Set([...actor.inputs.values(), ...actor.folds.values()].map(({ message }) => message))];
}
