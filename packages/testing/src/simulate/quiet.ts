import type { World } from './world';

/** All is written, answered and finished; what waits for time only does not count. */
export function isQuiet(world: World): boolean {
  const { producer, callers, lives, operator } = world;
  return (
    producer.isDone &&
    operator.isDone &&
    callers.every((caller) => caller.isDone) &&
    lives.every((life) => !life.dead && !life.stopping) &&
    lives.every((life) => life.isDone)
  );
}

/** What is not at rest, for people. */
export function unrest(world: World): string {
  const { producer, callers, lives, disk } = world;
  const open = lives
    .filter((life) => life.dead || !life.isDone)
    .map((life) => {
      const places = life.system.progress().map(({ consumer, position }) => `${consumer} at ${position}`);
      return `worker ${life.name}: ${life.dead ? 'down' : `${life.system.counts().waiting} waiting, ${places.join(', ')}`}`;
    });
  const calls = callers.filter((caller) => !caller.isDone).length;
  return [
    ...(producer.isDone ? [] : ['messages to write']),
    ...(calls > 0 ? [`${calls} callers`] : []),
    ...open,
    `log at ${disk.head}`,
  ].join('; ');
}
