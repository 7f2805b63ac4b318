import { createHash } from 'node:crypto';
import type { Runtime } from '@waybill/core';
import type { Life } from './life';
import type { World } from './world';

const digests = new Map<string, string>();

/** Schedules repeat the same few contents: each is digested once. */
export function digest(text: string): string {
  let known = digests.get(text);
  if (known === undefined) {
    known = createHash('sha256').update(text).digest('base64url').slice(0, 22);
    if (digests.size > 10_000) digests.clear();
    digests.set(text, known);
  }
  return known;
}

/** Time, chance and ids of one life of a worker: all of it from the scheduler and the tape. */
export function runtimeOf(world: World, life: Life, skew: number): Runtime {
  const { scheduler, tape } = world;
  let ids = 0;
  return {
    now: () => scheduler.now + skew,
    after(ms, task) {
      if (life.dead) return () => undefined;
      const cancel = scheduler.after(
        life,
        ms,
        'timer',
        () => {
          life.timers.delete(stop);
          task();
        },
        'local',
      );
      const stop = (): void => {
        life.timers.delete(stop);
        cancel();
      };
      life.timers.add(stop);
      return stop;
    },
    soon: (task) => void (life.dead || scheduler.push(life, 'soon', task, 'local')),
    random: () => tape.pick('random', 16) / 16,
    uuid: () => `${hex(life.number, 8)}-0000-4000-8000-${hex(++ids, 12)}`,
    hash: digest,
  };
}

function hex(value: number, width: number): string {
  return value.toString(16).padStart(width, '0');
}
