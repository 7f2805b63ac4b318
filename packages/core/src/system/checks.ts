import type { ActorDefinition, Definition } from '../actors/definition';
import { isObject } from '../base/checks';
import { WaybillError, show } from '../base/errors';
import type { ConsumerContext } from '../flow/context';
import { namesOf, type AnyMessageClass } from '../messages/message';
import { refusedCommand } from '../messages/refusal';
import type { Store } from '../store/port';

export type Limits = ConsumerContext['limits'];

/** @throws WaybillError `LIMIT_INVALID` */
export function limitsOf(defaults: Limits, given: Partial<Limits> = {}): Limits {
  if (!isObject(given)) throw new WaybillError('LIMIT_INVALID', `limits are ${show(given)}`, 'give an object: { window: 1_000 }');
  const limits = { ...defaults, ...given };
  for (const [name, value] of Object.entries(limits)) {
    if (!Object.hasOwn(defaults, name))
      throw new WaybillError('LIMIT_INVALID', `there is no limit ${show(name)}`, `name one of ${Object.keys(defaults).join(', ')}`);
    if (!Number.isSafeInteger(value) || value < 1)
      throw new WaybillError('LIMIT_INVALID', `limits.${name} is ${show(value)}`, 'give a whole number from 1');
  }
  return limits;
}

/** The message classes of an app, by each name. @throws WaybillError `DUPLICATE_NAME`, `TWO_CLASSES_OF_ONE_NAME` */
export function refuseDoubles(definitions: readonly Definition[]): ReadonlyMap<string, AnyMessageClass> {
  const names = new Set<string>();
  const classes = new Map<string, AnyMessageClass>();
  for (const definition of definitions) {
    const taken = definition.names.find((name) => names.has(name));
    if (taken !== undefined)
      throw new WaybillError(
        'DUPLICATE_NAME',
        `two classes are named "${taken}"`,
        'give each actor, handler and projection a name of its own: it names its checkpoint and streams',
      );
    for (const name of definition.names) names.add(name);
    const clash = definitions.find((actor) => isActor(actor) && !isActor(definition) && definition.name.startsWith(`${actor.name}-`));
    if (clash) {
      throw new WaybillError(
        'NAME_CLASH',
        `the streams of "${definition.name}" could be those of an actor "${clash.name}"`,
        `choose a name that does not begin with "${clash.name}-"`,
      );
    }
    for (const message of messagesOf(definition)) {
      for (const name of namesOf(message)) {
        const other = classes.get(name);
        if (other && other !== message)
          throw new WaybillError(
            'TWO_CLASSES_OF_ONE_NAME',
            `two message classes are named ${name}`,
            'import one class everywhere, or rename one',
          );
        classes.set(name, message);
      }
    }
  }
  return classes;
}

/** @throws WaybillError `STORE_NOT_DURABLE` */
export function refuseRelaxed(
  definitions: readonly Definition[],
  { durable, guarantee = 'it may lose what it has acknowledged' }: Store,
): void {
  const names = definitions.filter(({ options }) => options.durable).map(({ name }) => `"${name}"`);
  if (durable !== false || names.length === 0) return;
  throw new WaybillError(
    'STORE_NOT_DURABLE',
    `${names.join(', ')} must survive a power cut, and this store does not: ${guarantee}`,
    "open a store that is durable (SQLite: durability 'full'), or leave out durable: true",
  );
}

function isActor({ kind }: Definition): boolean {
  return kind === 'aggregate' || kind === 'saga';
}

function messagesOf(definition: Definition): AnyMessageClass[] {
  if (definition.kind === 'handler') return [...[...definition.calls.values()].map((c) => c.message), ...definition.emits.values()];
  const actor: ActorDefinition = definition;
  return [...[...actor.inputs.values(), ...actor.folds.values()].map((t) => t.message), ...actor.sends.values(), ...actor.refuses.values()];
}

/**
 * Who takes the refusal of a command waits for nothing where an aggregate of this app takes that command and does not tell. Of one
 * that is in another app nothing is known. @throws WaybillError `REFUSAL_NOT_TOLD`
 */
export function refuseUntold(definitions: readonly Definition[]): void {
  const aggregates = definitions.filter((one): one is ActorDefinition => one.kind === 'aggregate');
  for (const definition of definitions) {
    for (const type of takenBy(definition)) {
      const asked = aggregates.filter(({ inputs }) => inputs.has(type));
      const [silent] = asked;
      if (!silent || asked.some(({ refuses }) => refuses.has(type))) continue;
      throw new WaybillError(
        'REFUSAL_NOT_TOLD',
        `"${definition.name}" takes the refusal of ${type}, of which "${silent.name}" never tells`,
        `add it: @Aggregate('${silent.names[0] ?? ''}', { refuses: [${type}] })`,
      );
    }
  }
}

/** The commands of which a class takes the refusals. */
function takenBy(definition: Definition): readonly string[] {
  const messages =
    definition.kind === 'handler' ? [...definition.calls.values()] : [...definition.inputs.values(), ...definition.folds.values()];
  return messages.flatMap(({ message }) => refusedCommand(message)?.messageType ?? []);
}
