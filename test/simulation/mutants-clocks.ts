import type { Mutant } from './mutants';

/** Planted where the log and the clock meet. */
export const clockMutants: readonly Mutant[] = [
  {
    name: 'a deadline is handed over before what stood in the log when it was due',
    rule: 'the log goes before the clock',
    workloads: ['late', 'downtime'],
    changes: [['deadlines/clock', 'await this.saga.reach(await this.context.store.head());', '']],
  },
  {
    name: 'deadlines of one moment fire in any order',
    rule: 'deadlines of one moment fire in the order in which they were set',
    workloads: ['steps'],
    changes: [['deadlines/heap', ' || (a.due === b.due && a.row.position < b.row.position)', '']],
  },
  {
    name: 'a deadline is kept in the minute of the clock, if that is later',
    seen: 2025,
    rule: 'no error of a clock outlives its correction',
    workloads: ['jumps'],
    changes: [
      [
        'deadlines/buckets',
        'const minute = String(Math.floor(due / exports.BUCKET));',
        'const minute = String(Math.floor(Math.max(due, this.runtime.now()) / exports.BUCKET));',
      ],
    ],
  },
];
