import { simulate } from '@waybill/testing';
import type { Simulation } from '@waybill/testing';
import { workloads } from './workloads';

/** All that happens in 20 schedules, as one number, and how many lines it is. */
async function traceOf(workload: Simulation): Promise<readonly [digest: number, lines: number]> {
  let [digest, lines] = [0, 0];
  const watch = (at: number, who: string, what: string): void => {
    lines++;
    const line = `${at} ${who} ${what}`;
    for (let i = 0; i < line.length; i++) digest = (Math.imul(digest, 31) + line.charCodeAt(i)) | 0;
  };
  await simulate({ ...workload, seeds: 20, watch });
  return [digest, lines];
}

test.each(Object.entries(workloads))('the same 20 seeds of %s give the same schedules, line by line', async (_, workload) => {
  const first = await traceOf(workload);
  expect(first[1]).toBeGreaterThan(20 * 20);
  expect(await traceOf(workload)).toEqual(first);
});
