import type { Mutant } from './mutants';

/** Planted in what a worker keeps of an actor: its state, its snapshot. */
export const stateMutants: readonly Mutant[] = [
  {
    name: 'new row ids for the append that is repeated after an unknown outcome',
    rule: 'an append of unknown outcome keeps its row ids',
    workloads: ['orders'],
    equivalent:
      'the repeated append loses against the stored one, and the gate finds its messages taken in: nothing is stored twice, only "applied" is told as "duplicate"',
    changes: [
      [
        'flow/commit',
        'onUnknown?.();',
        'onUnknown?.();\n            writes = writes.map((write) => ({ ...write, events: write.events.map((event) => ({ ...event, id: runtime.uuid() })) }));',
      ],
    ],
  },
  {
    name: 'hot state evicted before its append is confirmed',
    rule: 'a turn holds the states that it appends to',
    workloads: ['orders'],
    equivalent: 'the turn holds the fold itself, and no other batch of that actor begins before it ends',
    changes: [
      ['flow/flow', 'const onUnknown = () =>', 'for (const work of works) this.folds.drop(work.stream);\n        const onUnknown = () =>'],
    ],
  },
  {
    name: "finishing another message's work under one's own id",
    rule: 'each row names its own cause',
    workloads: ['orders'],
    changes: [
      [
        'flow/commit',
        'entries.map((entry) => (0, codec_1.encodeRow)(entry,',
        'entries.map((entry) => (0, codec_1.encodeRow)({ ...entry, cause: entries[0].cause },',
      ],
    ],
  },
  {
    name: 'status moved back by a late event',
    rule: 'a status never moves back',
    workloads: ['orders'],
    changes: [
      ['actors/lifecycle', 'forward: (from, to) => (index(to) > index(from) ? to : from)', 'forward: (from, to) => to'],
      ['history/fold', 'if (from === to || lifecycle.index(to) > lifecycle.index(from))', 'if (from !== undefined)'],
    ],
  },
  {
    name: 'a snapshot of a fold that is not durable',
    rule: 'a snapshot is of durable rows',
    workloads: ['desks'],
    changes: [
      [
        'flow/flow',
        'const onUnknown = () =>',
        'for (const plan of changed) if (!plan.tainted) this.maintenance.after(plan.fold);\n        const onUnknown = () =>',
      ],
    ],
  },
  {
    name: 'a snapshot without the pending deadlines',
    rule: 'a snapshot holds all that the gates ask',
    workloads: ['deadlines'],
    changes: [['history/snapshot', 'if (body.pending.length > 0)', 'if (false)']],
  },
  {
    name: 'early return on a duplicate that loses pending work',
    rule: 'a duplicate ends its own delivery only',
    workloads: ['orders'],
    changes: [
      [
        'flow/batch',
        '            plan.tainted = true;\n            plan.rest = items.slice(i);\n            break;\n        }\n    }',
        "            plan.tainted = true;\n            plan.rest = items.slice(i);\n            break;\n        }\n        if (taken.result.kind === 'duplicate') break;\n    }",
      ],
    ],
  },
  {
    name: 'a release decided on a state that does not know its park',
    rule: 'what speaks of a row is decided on a state that knows it',
    workloads: ['alarm'],
    changes: [['flow/folds', 'this.cache.get(work.stream, (0, mailbox_1.newestReferenced)(work))', 'this.cache.get(work.stream, -1)']],
  },
];
