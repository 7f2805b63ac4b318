import { canonical } from '@waybill/core';
import type { Recorded, Runtime, Store, Views } from '@waybill/core';
import { generationName, load, loadGenerations } from '@waybill/core/internal';
import type { ActorDefinition } from '@waybill/core/internal';
import type { ActorLog, Report } from './actor-log';
import { digest } from './digest';
import { streamFor } from './keys';
import type { Facts } from './facts';
import type { Traces } from './traces';

/** I9, at rest: the state that the flow loads is the fold of the actor's rows, one by one. */
export async function checkStates(
  actors: ReadonlyMap<string, ActorLog>,
  store: Pick<Store, 'read' | 'snapshot'>,
  report: Report,
): Promise<void> {
  for (const { stream, definition, state, closed } of actors.values()) {
    // Rows of a closed actor may be gone.
    if (closed) continue;
    const loaded = await load(store as Store, definition, stream, { hash: digest } as Runtime);
    const [found, wanted] = [JSON.stringify(loaded.state), JSON.stringify(state)];
    if (found !== wanted) report('I9', `${stream} loads as ${found}, its rows fold to ${wanted}`);
  }
}

/** I9, at rest: the rows of a projection are the fold of the log, event by event. Not checked for one that has parked an event. */
export async function checkViews(
  facts: Facts,
  rows: readonly Recorded[],
  traces: Traces,
  views: Pick<Views, 'all' | 'load'>,
  report: Report,
): Promise<void> {
  for (const definition of facts.definitions) {
    if (definition.kind !== 'projection') continue;
    if ([...traces.parked].some((parked) => parked.startsWith(`${definition.name} `))) continue;
    const { current } = await loadGenerations(views as Views, definition.name);
    const found = await views.all(generationName(definition.name, current));
    const texts = new Map<string, string | undefined>(found.map(({ key, row }) => [`${definition.name}-${key}`, row]));
    for (const [stream, state] of foldAll(facts, rows, definition)) {
      const text = state === undefined ? undefined : canonical(state);
      if (texts.get(stream) !== text) report('I9', `the row ${stream} of a projection is ${texts.get(stream)}, the log folds to ${text}`);
    }
  }
}

function foldAll(facts: Facts, rows: readonly Recorded[], definition: ActorDefinition): Map<string, unknown> {
  const states = new Map<string, unknown>();
  for (const row of rows) {
    const folding = definition.folds.get(row.type);
    const message = folding && facts.messageAt(row);
    const place = message && streamFor(definition, message);
    if (!folding || !message || typeof place !== 'object') continue;
    const before = states.get(place.stream);
    states.set(place.stream, folding.fold(message, before === undefined ? definition.initial() : JSON.parse(canonical(before))));
  }
  return states;
}
