import type { World } from './world';

/** Others delete the oldest rows of an actor's stream. */
export function cutAStream(world: World): void {
  const { disk, tape, server } = world;
  const streams = [...world.checker.oracle.actors.keys()];
  const stream = streams[tape.pick('stream', streams.length)];
  const last = stream === undefined ? 'none' : disk.lastVersion(stream);
  if (stream === undefined || last === 'none') return;
  const before = 1 + tape.pick('before', last + 1);
  world.say(server, () => `somebody deletes the rows of ${stream} before ${before}`);
  world.isCut = true;
  disk.lost.set(stream, before);
}
