import type { Runtime } from '@waybill/core';
import { digest } from '../oracle/digest';
import type { Process } from './process';
import type { World } from './world';

/** Time, chance and ids of one process: all of it from the scheduler and the tape. */
export function runtimeOf(world: World, process: Process): Runtime {
  const { scheduler, tape } = world;
  let ids = 0;
  return {
    now: () => process.clock.now(),
    after(ms, task) {
      if (process.dead) return () => undefined;
      const cancel = scheduler.after(
        process,
        ms,
        'timer',
        () => {
          process.timers.delete(stop);
          task();
        },
        'local',
      );
      const stop = (): void => {
        process.timers.delete(stop);
        cancel();
      };
      process.timers.add(stop);
      return stop;
    },
    defer: (task) => void (process.dead || scheduler.push(process, 'soon', task, 'local')),
    random: () => tape.pick('random', 16) / 16,
    uuid: () => `${hex(process.number, 8)}-0000-4000-8000-${hex(++ids, 12)}`,
    hash: digest,
  };
}

function hex(value: number, width: number): string {
  return value.toString(16).padStart(width, '0');
}
