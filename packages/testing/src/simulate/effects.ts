import { COMMAND_SOURCE, TOOK } from '@waybill/core';
import type { HandlerDefinition, Meta, RowMeta, Write, Written } from '@waybill/core';
import type { Life } from './life';
import { THIRD } from './oracle';
import type { Owner } from './scheduler';
import type { World } from './world';

/** Writes that have arrived at the disk. `tell` hears of them when they are durable. */
export function store(world: World, life: Life, writes: readonly Write[], tell?: (written: readonly Written[]) => void): void {
  const { disk } = world;
  const written = writes.map((write) => disk.write(write));
  writes.forEach(({ stream, expected, events }, i) => {
    const end = written[i]?.ok ? 'stored' : 'wrong version';
    world.say(
      life,
      () => `appends to ${stream} behind ${expected}: ${events.map(({ type, data }) => `${type} ${short(data)}`).join(', ')} → ${end}`,
    );
  });
  const sync = (): void => {
    disk.sync();
    tell?.(written);
  };
  if (world.tape.chance('unsynced', world.rates.power > 0 ? 0.5 : 0)) world.scheduler.push(world.server, 'syncs', sync);
  else sync();
}

/** For people: what a closing row remembers is longer than a line. */
const short = (data: string): string => (data.length > 100 ? `${data.slice(0, 100)}…` : data);

/** A third writer comes first: it puts a row that changes nothing into one of these streams, so that the write loses. */
export function nudge(world: World, writes: readonly Write[]): void {
  const { disk, scheduler } = world;
  const { stream, events } = writes[world.tape.pick('whose', writes.length)] as Write;
  const model = events.find(({ type }) => type.startsWith(TOOK));
  if (!model || !world.facts.actorOf(stream)) return;
  const { v } = JSON.parse(model.meta) as RowMeta;
  const id = `${THIRD}${disk.rows.length}`;
  const meta: RowMeta = {
    cause: { id, source: COMMAND_SOURCE, position: 0 },
    ...(v === undefined ? {} : { v }),
    discarded: 'a third writer',
  };
  world.say(world.server, () => `a third writer appends to ${stream}`);
  const event = { id, type: model.type, data: model.data, meta: JSON.stringify(meta), time: scheduler.now };
  disk.write({ stream, expected: disk.lastVersion(stream), events: [event] });
}

/** A call to the outside, which may fail before and after it has had its effect. */
export async function carry(world: World, { name, delivery }: HandlerDefinition, meta: Meta, call: () => unknown): Promise<void> {
  const life = world.scheduler.current as Owner;
  const { begun, carried } = world.traces;
  const at = `${name} ${meta.position}`;
  begun.set(at, (begun.get(at) ?? 0) + 1);
  world.say(life, () => `${name} calls for position ${meta.position}`);
  if (delivery === 'at-most-once' && begun.get(at) !== 1)
    world.wrong('I1', `"${name}" calls at most once, and calls again for position ${meta.position}`);
  world.maybeThrow(`${name} calls`);
  await call();
  carried.add(at);
  await new Promise<void>((resolve) => world.submit(life, 'hears of its call', resolve));
  world.maybeThrow(`${name} has called`);
}
