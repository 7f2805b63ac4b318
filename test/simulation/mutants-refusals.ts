import type { Mutant } from './mutants';

/** Planted in what sagas hear of commands that were refused. */
export const refusalMutants: readonly Mutant[] = [
  {
    name: 'a refusal is told again for a copy of its command',
    rule: 'a duplicate tells nothing',
    workloads: ['refusals'],
    changes: [
      [
        'flow/step',
        "return { entries: [], result: { kind: 'duplicate', reason: verdict.reason }, first: verdict.first };",
        `if (deciding.definition.refuses.has(delivery.type) && delivery.message) {
                const took = (0, took_1.tookOf)(deciding.runtime, delivery, 1, undefined);
                const [, ...entries] = (0, refusal_1.refusedBy)(deciding.definition, delivery, took, 'told before');
                (0, fold_1.applyEntries)(deciding.definition, fold, entries);
                return { entries, result: { kind: 'duplicate' } };
            }
            return { entries: [], result: { kind: 'duplicate', reason: verdict.reason }, first: verdict.first };`,
      ],
    ],
  },
  {
    name: 'a refusal is appended after the row that takes its command in',
    rule: 'a refusal stands in the append of that row',
    workloads: ['refusals'],
    changes: [
      [
        'flow/flow',
        'const writes = changed.map((plan) => (0, commit_1.writeOf)(plan.fold.stream, plan.expected, plan.entries, this.runtime));',
        'const later = [];\n        const writes = changed.map((plan) => {\n            const write = (0, commit_1.writeOf)(plan.fold.stream, plan.expected, plan.entries, this.runtime);\n            if (!plan.entries.at(-2)?.told) return write;\n            plan.tainted = true;\n            const expected = (plan.expected === "none" ? -1 : plan.expected) + write.events.length - 1;\n            later.push({ ...write, expected, events: write.events.slice(-1) });\n            return { ...write, events: write.events.slice(0, -1) };\n        });',
      ],
      [
        'flow/flow',
        'const lookups = [];',
        'if (later.length > 0) void (0, commit_1.commit)(this.store, this.runtime, later).catch(() => undefined);\n        const lookups = [];',
      ],
    ],
  },
  {
    name: 'a refusal of a command that was parked before is not told',
    rule: 'a command that is refused is told, whenever its method runs',
    workloads: ['refusals'],
    changes: [['flow/refusal', 'delivery.isCommand ||', "delivery.origin.kind !== 'log' ||"]],
  },
  {
    name: 'a refusal is told of a command that a caller sent',
    rule: 'a caller has its answer, and nobody else waits for it',
    workloads: ['refusals'],
    changes: [['flow/refusal', 'delivery.isCommand ||', '']],
  },
];
