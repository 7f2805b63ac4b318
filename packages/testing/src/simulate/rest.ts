import type { Store, Views } from '@waybill/core';
import { checkStates, checkViews } from '../oracle/states';
import type { Schedule } from './schedule';
import type { World } from './world';

/** Checks all that must hold when faults are healed and nothing is under way any more. */
export async function checkAtRest(schedule: Schedule): Promise<void> {
  const { world, workers } = schedule;
  const { checker, facts, disk, wrong } = world;
  checker.atRest();
  checker.oracle.checkLinesGaveWay();
  const store = {
    read: (...of: Parameters<Store['read']>) => Promise.resolve(disk.read(...of)),
    snapshot: (of: string) => disk.sideTables.snapshot(of),
  };
  await checkStates(checker.oracle.actors, store, wrong);
  const views = world.simulation.apart ? workers.all.map(({ name }) => disk.viewsOf(name)) : [disk.sideTables.views as Views];
  for (const each of views) await checkViews(facts, disk.rows, checker.traces, each, wrong);
  for (const worker of workers.all) {
    if (world.violation) return;
    await schedule.finish(worker.stop(), `the stop of worker ${worker.name}`);
  }
  if (!world.violation) await replay(schedule);
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
  const worker = workers.begin(world.simulation.apart ? 'a' : 'replay');
  await schedule.settle();
  if (world.violation) return;
  const { duplicate = 0, late = 0, ...other } = worker.published;
  if (actorRows(world) !== rows || worker.store.writes > 0)
    world.wrong('I12', `a second run from the start of the log makes ${worker.store.writes} writes, ${actorRows(world) - rows} rows`);
  const others = Object.entries(other).filter(
    ([kind]) => !['applied', 'parked'].includes(kind) || world.facts.definitions.every((definition) => definition.kind !== 'handler'),
  );
  if (others.length > 0)
    world.wrong(
      'I12',
      `a second run from the start of the log publishes ${others.map(([kind, n]) => `${n} ${kind}`).join(', ')} besides ${duplicate + late} duplicates`,
    );
  await schedule.finish(worker.stop(), 'the stop of the second run');
}
