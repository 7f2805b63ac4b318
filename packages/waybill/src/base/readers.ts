import { checkpointName, generationName, loadGenerations, timerTypes } from '@waybill/core';
import type { ActorDefinition, Definition, Runtime, Views } from '@waybill/core';

/** A class that takes messages from the log, and the checkpoint up to which it has. */
export interface Reader {
  readonly definition: Definition;
  readonly checkpoint: string;
  /** Of the rows that it looks at. */
  readonly types: readonly string[];
}

/** Every reader of an app with these classes; its checkpoints carry the names that the app gives them. */
export function readersOf(definitions: readonly Definition[], runtime: Runtime): Reader[] {
  return definitions.flatMap((definition): Reader[] => {
    const { name, kind } = definition;
    if (definition.kind === 'handler') return [{ definition, checkpoint: name, types: [...definition.calls.keys()] }];
    const actor: ActorDefinition = definition;
    if (kind === 'projection') return [{ definition, checkpoint: name, types: [...actor.folds.keys()] }];
    if (kind === 'aggregate' && !isSentTo(actor, definitions)) return [];
    const of = (deadline: boolean): string[] => [...actor.takings].filter(([, one]) => one.deadline === deadline).map(([type]) => type);
    const reader = { definition, checkpoint: checkpointName(name, of(false), runtime), types: of(false) };
    const deadlines = of(true).flatMap(timerTypes);
    return deadlines.length === 0 ? [reader] : [reader, { definition, checkpoint: `${name}:deadlines`, types: deadlines }];
  });
}

/** A projection that was rebuilt has the view, the checkpoint and the park streams of its newest generation. */
export async function currentName({ definition, checkpoint }: Reader, views: Views | undefined): Promise<string> {
  if (definition.kind !== 'projection' || !views) return checkpoint;
  return generationName(checkpoint, (await loadGenerations(views, checkpoint)).current);
}

/** An aggregate that sagas send commands to, of this app or others, reads the log for them. */
export function isSentTo(actor: ActorDefinition, definitions: readonly Definition[]): boolean {
  if (actor.options.fromLog) return true;
  return definitions.some((other) => other.kind === 'saga' && [...other.sends.keys()].some((type) => actor.takings.has(type)));
}
