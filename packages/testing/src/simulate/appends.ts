import type { Write, Written } from '@waybill/core';
import { COMMAND_SOURCE, TOOK } from '@waybill/core/internal';
import type { RowMeta } from '@waybill/core/internal';
import { THIRD_WRITER } from '../oracle/oracle';
import type { Process } from './process';
import type { World } from './world';

/** Writes that have arrived at the disk. `onDurable` is called once they are synced. */
export function arrive(world: World, writer: Process, writes: readonly Write[], onDurable?: (written: readonly Written[]) => void): void {
  const { disk } = world;
  const written = writes.map((write) => disk.write(write));
  writes.forEach(({ stream, expected, events }, i) => {
    const end = written[i]?.ok ? 'stored' : 'wrong version';
    if (written[i]?.ok && world.facts.actorOf(stream)) for (const { id } of events) world.writers.set(id, writer);
    world.say(
      writer,
      () => `appends to ${stream} after ${expected}: ${events.map(({ type, data }) => `${type} ${short(data)}`).join(', ')} → ${end}`,
    );
  });
  const sync = (): void => {
    disk.sync();
    onDurable?.(written);
  };
  if (world.tape.chance('unsynced', world.rates.power > 0 ? 0.5 : 0)) world.scheduler.push(world.server, 'syncs', sync);
  else sync();
}

/** What a closing row remembers is longer than a line. */
const short = (data: string): string => (data.length > 100 ? `${data.slice(0, 100)}…` : data);

/** A third writer comes first: it appends a row that changes nothing to one of these streams, so that the write loses. */
export function overtake(world: World, writes: readonly Write[]): void {
  const { disk, scheduler } = world;
  const { stream, events } = writes[world.tape.pick('whose', writes.length)] as Write;
  const model = events.find(({ type }) => type.startsWith(TOOK));
  if (!model || !world.facts.actorOf(stream)) return;
  const { v } = JSON.parse(model.meta) as RowMeta;
  const id = `${THIRD_WRITER}${disk.rows.length}`;
  const meta: RowMeta = {
    cause: { id, source: COMMAND_SOURCE, position: 0 },
    ...(v === undefined ? {} : { v }),
    discarded: 'a third writer',
  };
  world.say(world.server, () => `a third writer appends to ${stream}`);
  const event = { id, type: model.type, data: model.data, meta: JSON.stringify(meta), time: scheduler.now };
  disk.write({ stream, expected: disk.lastVersion(stream), events: [event] });
}
