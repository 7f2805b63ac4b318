import type { Mutant } from './mutants';

/** Planted where a saga waits, or ends. */
export const timeMutants: readonly Mutant[] = [
  {
    name: 'deadlines gated by position',
    rule: 'a deadline fires by what is pending',
    schedules: ['timers', 'timers_log'],
    workloads: ['deadlines'],
    changes: [
      [
        'flow/gate',
        'if (!fold.dedup.isPending(delivery.type, key, version))',
        'if (delivery.cause.position <= fold.dedup.seen(delivery.cause.source, delivery.type))',
      ],
      [
        'history/fold',
        "if (of !== undefined)\n        dedup.settle(of, entry.kind === 'parked' ? version : undefined);",
        'if (of !== undefined) {\n        dedup.settle(of);\n        dedup.see(cause.source, type, cause.position);\n    }',
      ],
    ],
  },
  {
    name: 'a deadline fires although it was cancelled or set anew',
    rule: 'a deadline fires by what is pending',
    workloads: ['deadlines'],
    changes: [['flow/gate', 'if (!fold.dedup.isPending(delivery.type, key, version))', 'if (false)']],
  },
  {
    name: 'a closed saga forgets its keys and begins anew',
    rule: 'a closed saga stays closed',
    schedules: ['closed'],
    workloads: ['closing'],
    changes: [
      ['flow/gate', 'if (once !== undefined && fold.closed?.keys', 'if (once !== undefined && undefined?.keys'],
      ['flow/gate', "if (fold.closed)\n        return { as: 'park'", "if (false)\n        return { as: 'park'"],
    ],
  },
  {
    name: 'a closed saga does not know what it took in',
    rule: 'the closing row keeps the keys',
    schedules: ['closed'],
    workloads: ['closing'],
    changes: [['history/closed-keys', 'return this.known.some(', 'return [].some(']],
  },
  {
    name: 'copies of what was parked are forgotten at closing',
    seen: 1129,
    rule: 'the closing row keeps the copies of what is set aside',
    schedules: ['closed'],
    workloads: ['closing'],
    changes: [['history/closed-keys', 'after.skipped = new Set(aside.map(today));', 'after.skipped = undefined;']],
  },
  {
    name: 'a bucket of deadlines is not listed',
    rule: 'a start finds every deadline',
    workloads: ['clocks'],
    changes: [
      ['deadlines/buckets', 'await this.list.add([...buckets.keys()], (0, due_row_1.causeOf)(this.store, first), this.stopping);', ''],
    ],
  },
  {
    name: 'a parked deadline fires although it was cancelled or set anew meanwhile',
    rule: 'a parked deadline is pending until it is released',
    workloads: ['deadlines'],
    changes: [['flow/gate', 'fold.dedup.isWaiting(of) ? undefined', 'true ? undefined']],
  },
];
