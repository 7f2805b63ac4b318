import { canonical, load } from '@waybill/core';
import type { ActorDefinition, Runtime, Store, Views } from '@waybill/core';
import { streamFor } from '../oracle/facts';
import { digest } from './digest';
import type { Schedule } from './schedule';
import type { World } from './world';

/** Checks all that must hold when faults are healed and nothing is under way any more. */
export async function checkAtRest(schedule: Schedule): Promise<void> {
  const { world, workers } = schedule;
  const { observed, ledger, oracle } = world;
  observed.atRest = true;
  ledger.complete();
  oracle.checkLinesGaveWay();
  world.checkInvariants();
  await compareStates(world);
  await compareViews(world);
  for (const worker of workers.all) {
    if (world.violation) return;
    await schedule.finish(worker.stop(), `the stop of worker ${worker.name}`);
  }
  if (!world.violation) await replay(schedule);
}

/** I9: the state that a worker loads is the fold of the actor's rows, one by one. */
async function compareStates({ oracle, disk, wrong }: World): Promise<void> {
  const store = {
    read: (...of: Parameters<Store['read']>) => Promise.resolve(disk.read(...of)),
    snapshot: (of: string) => disk.sideTables.snapshot(of),
  };
  for (const { stream, definition, state, closed } of oracle.actors.values()) {
    // Rows of a closed actor may be gone.
    if (closed) continue;
    const loaded = await load(store as Store, definition, stream, { hash: digest } as Runtime);
    const [found, wanted] = [JSON.stringify(loaded.state), JSON.stringify(state)];
    if (found !== wanted) wrong('I9', `${stream} loads as ${found}, its rows fold to ${wanted}`);
  }
}

/** I9: the rows of a projection are the fold of the log, event by event. Not checked for one that has parked an event. */
async function compareViews(world: World): Promise<void> {
  const { facts, traces, disk, wrong } = world;
  for (const definition of facts.definitions) {
    if (definition.kind !== 'projection') continue;
    if ([...traces.parked].some((parked) => parked.startsWith(`${definition.name} `))) continue;
    const found = await (disk.sideTables.views as Views).all(definition.name);
    const texts = new Map(found.map(({ key, row }) => [`${definition.name}-${key}`, row]));
    for (const [stream, state] of foldAll(world, definition)) {
      const text = state === undefined ? undefined : canonical(state);
      if (texts.get(stream) !== text) wrong('I9', `the row ${stream} of a projection is ${texts.get(stream)}, the log folds to ${text}`);
    }
  }
}

function foldAll(world: World, definition: ActorDefinition): Map<string, unknown> {
  const states = new Map<string, unknown>();
  for (const row of world.disk.rows) {
    const folding = definition.folds.get(row.type);
    const message = folding && world.facts.messageAt(row);
    const place = message && streamFor(definition, message);
    if (!folding || !message || typeof place !== 'object') continue;
    const before = states.get(place.stream);
    states.set(place.stream, folding.fold(message, before === undefined ? definition.initial() : JSON.parse(canonical(before))));
  }
  return states;
}

/** Only rows of actors count: deadlines may be put into their buckets again, and calls may be made again. */
function actorRows({ disk, facts }: World): number {
  return disk.rows.filter(({ stream }) => facts.actorOf(stream)).length;
}

/** I12: sent back to the start of the log, a consumer changes nothing. */
async function replay(schedule: Schedule): Promise<void> {
  const { world, workers } = schedule;
  const { disk } = world;
  for (const consumer of [...disk.checkpoints.keys()]) disk.rewind(consumer, 0);
  const rows = actorRows(world);
  workers.all.length = 0;
  world.say(world.server, () => 'all checkpoints are rewound to 0');
  const worker = workers.begin('replay');
  await schedule.settle();
  if (world.violation) return;
  const { duplicate = 0, late = 0, ...other } = worker.published;
  if (actorRows(world) !== rows || worker.store.writes > 0)
    world.wrong('I12', `a second run from the start of the log makes ${worker.store.writes} writes, ${actorRows(world) - rows} rows`);
  const others = Object.entries(other).filter(
    ([kind]) => kind !== 'applied' || world.facts.definitions.every((definition) => definition.kind !== 'handler'),
  );
  if (others.length > 0)
    world.wrong(
      'I12',
      `a second run from the start of the log publishes ${others.map(([kind, n]) => `${n} ${kind}`).join(', ')} besides ${duplicate + late} duplicates`,
    );
  await schedule.finish(worker.stop(), 'the stop of the second run');
}
