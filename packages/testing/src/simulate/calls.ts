import type { Meta } from '@waybill/core';
import type { HandlerDefinition } from '@waybill/core/internal';
import type { Process } from './process';
import type { World } from './world';

const AT_CALL = ['hang'] as const;
/** Milliseconds after which an event is called for at last, where no process dies or stands still. */
const LATE = 60_000;

/** A call to the outside, which may fail before and after it has had its effect, or never answer. */
export async function faultyCall(world: World, { name, delivery }: HandlerDefinition, meta: Meta, call: () => unknown): Promise<unknown> {
  const worker = world.scheduler.current as Process;
  const { begun, carried, retries, underWay } = world.checker.traces;
  const at = `${name} ${meta.position}`;
  const tries = (begun.get(at) ?? 0) + 1;
  begun.set(at, tries);
  world.say(worker, () => `${name} calls for position ${meta.position}`);
  const waited = world.scheduler.now - meta.time;
  if (tries === 1 && world.isCalm && waited > LATE) world.wrong('I13', `"${name}" calls for position ${meta.position} after ${waited} ms`);
  if (delivery === 'at-most-once' && (tries > 1 + (retries.get(at) ?? 0) || underWay.get(at)?.() === true))
    world.wrong('I1', `"${name}" promises at most one call, and calls again for position ${meta.position}`);
  if (world.strike('outside', AT_CALL)) return new Promise<void>(() => undefined);
  let isOver = false;
  underWay.set(at, () => !isOver && !worker.dead);
  try {
    world.maybeThrow(`${name} calls`);
    const answer = await call();
    carried.add(at);
    await new Promise<void>((resolve) => world.submit(worker, 'hears of its call', resolve));
    world.maybeThrow(`${name} has called`);
    return answer;
  } finally {
    isOver = true;
  }
}
