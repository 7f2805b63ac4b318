import { simulate } from '@waybill/testing';
import { workloads } from './workloads';

/** Of each workload; `npm run simulate` runs as many as one likes. */
const SEEDS = Number(process.env.WAYBILL_SEEDS ?? 60);

test.each(Object.entries(workloads))(
  'I1–I15: %s: workers that die, pause and come back, third writers, lost answers, copies under new ids: every invariant holds',
  async (_, workload) => {
    const report = await simulate({ ...workload, seeds: SEEDS });
    expect(report.schedules).toBe(SEEDS);
    expect(report.outcomes.applied).toBeGreaterThan(0);
  },
);
