import { simulate } from '@waybill/testing';
import type { Simulation } from '@waybill/testing';
import { closing, deadlines } from './desk';
import { only } from './only';
import { orders } from './orders';
import { upgrade } from './upgrades';
import { workloads } from './workloads';

test('a message that an operator skipped stays skipped after a rewind, its copies too: they were told to be duplicates of it', async () => {
  await simulate({ ...orders, ...only({ throws: 0.3, operate: 1, skip: 1, copy: 0.5 }), limits: { attempts: 1 }, seeds: 200 });
});

test('what was parked or skipped when its saga closed is known once its rows are gone: a copy changes nothing after a rewind', async () => {
  await simulate({ ...closing, ...only({ throws: 0.2, operate: 0.5, skip: 0.5, copy: 0.5 }), limits: { attempts: 1 }, seeds: 200 });
});

test('a deadline fires although the clocks of two workers are a minute apart', async () => {
  await simulate({ ...deadlines, ...only({ skew: 0.5, restart: 0.02, crash: 0.02 }), seeds: 100 });
});

test('an operator who asks a worker of yesterday about rows of today is told a code, and nothing changes', async () => {
  await simulate({ ...upgrade, ...only({ throws: 0.3, operate: 0.9, crash: 0.02 }), limits: { attempts: 1 }, seeds: 100 });
});

test('a deadline that one worker has parked is released at another one that has not loaded its saga since', async () => {
  await simulate({ ...(workloads.alarm as Simulation), seeds: 150 });
});

test('a deadline fires although two workers, their clocks four minutes apart, start a saga that has kept none before', async () => {
  await simulate({ ...deadlines, ...only({ skew: 0.7, restart: 0.02, crash: 0.02, slow: 0.1 }), seeds: [100, 160] });
});
