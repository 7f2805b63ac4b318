import type { Runtime, Store, Views } from '@waybill/core';
import { checkpointName, checkpointOfView, clockCheckpoint, generationName, loadGenerations, timerTypes } from '@waybill/core/internal';
import type { ActorDefinition, Definition } from '@waybill/core/internal';
import type { Checkpoint } from '@waybill/core/store-kit';

/** A class that takes messages from the log, and the checkpoint up to which it has. */
export interface Reader {
  readonly definition: Definition;
  readonly checkpoint: string;
  /** The types of the rows that it reads. */
  readonly types: readonly string[];
  /** It reads the rows that set deadlines, for the clock of a saga. */
  readonly isClock?: true;
}

/** Every reader of an app with these classes, with its checkpoint under the name that the app gives it. */
export function readersOf(definitions: readonly Definition[], runtime: Runtime): Reader[] {
  return definitions.flatMap((definition): Reader[] => {
    const { name, kind } = definition;
    if (definition.kind === 'handler') return [{ definition, checkpoint: name, types: [...definition.calls.keys()] }];
    const actor: ActorDefinition = definition;
    if (kind === 'projection') return [{ definition, checkpoint: name, types: [...actor.folds.keys()] }];
    if (kind === 'aggregate' && !isSentTo(actor, definitions)) return [];
    const of = (deadline: boolean): string[] => [...actor.inputs].filter(([, one]) => one.deadline === deadline).map(([type]) => type);
    const reader = { definition, checkpoint: checkpointName(name, of(false), runtime), types: of(false) };
    const deadlines = of(true).flatMap(timerTypes);
    return deadlines.length === 0
      ? [reader]
      : [reader, { definition, checkpoint: clockCheckpoint(actor, runtime), types: deadlines, isClock: true }];
  });
}

/** The name of a projection's current generation, which its view, checkpoint and park streams carry; for others the checkpoint's name. */
export async function currentName({ definition, checkpoint }: Reader, views: Views | undefined): Promise<string> {
  if (definition.kind !== 'projection' || !views) return checkpoint;
  return generationName(checkpoint, (await loadGenerations(views, checkpoint)).current);
}

/** The checkpoint of a reader. */
export async function checkpointOf(reader: Reader, store: Store, views: Views | undefined): Promise<Checkpoint> {
  const name = await currentName(reader, views);
  return reader.definition.kind === 'projection' && views ? checkpointOfView(views, name, store) : store.checkpoint(name);
}

/** Whether sagas of this app or of others send commands to this aggregate, so that it reads the log for them. */
export function isSentTo(actor: ActorDefinition, definitions: readonly Definition[]): boolean {
  if (actor.options.fromLog) return true;
  return definitions.some((other) => other.kind === 'saga' && [...other.sends.keys()].some((type) => actor.inputs.has(type)));
}
