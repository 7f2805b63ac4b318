import type { Mutant } from './mutants';

/** Planted where a batch is decided and appended. */
export const appendMutants: readonly Mutant[] = [
  {
    name: 'append without expected version',
    rule: 'an append names the version that its decision has read',
    workloads: ['orders'],
    changes: [
      [
        'flow/commit',
        'return await store.append(writes);',
        `const told = await store.append(writes);
            if (told.every(({ ok }) => ok)) return told;
            writes = writes.map((write, i) => (told[i].ok ? write : { ...write, expected: told[i].actual }));`,
      ],
    ],
  },
  {
    name: 'state changed before the append is confirmed: kept when the append loses',
    rule: 'a state is kept only when its rows are durable',
    workloads: ['orders'],
    changes: [['flow/flow', 'lost(plan) {\n        this.folds.drop(plan.work.stream);', 'lost(plan) {']],
  },
  {
    name: 'state changed before the append is confirmed: kept when the append fails',
    rule: 'a state is kept only when its rows are durable',
    workloads: ['orders', 'desks'],
    changes: [['flow/flow', 'for (const work of works) {\n            this.folds.drop(work.stream);', 'for (const work of works) {']],
  },
  {
    name: 'wrong version taken for done',
    rule: 'a lost append is decided anew, in whole',
    workloads: ['orders'],
    changes: [['flow/flow', 'written[i]?.ok ? this.settle(plan, lookups) : this.lost(plan)', 'this.settle(plan, lookups)']],
  },
  {
    name: 'rebase after unknown outcome',
    rule: 'an append of unknown outcome goes out again as it was',
    workloads: ['orders'],
    changes: [
      [
        'flow/commit',
        'return await store.append(writes);',
        `const told = await store.append(writes);
            if (!unknown || told.every(({ ok }) => ok)) return told;
            writes = writes.map((write, i) => (told[i].ok ? write : { ...write, expected: told[i].actual }));`,
      ],
    ],
  },
  {
    name: 'outcome published on a decision that read unsaved state',
    rule: 'an outcome is told when what it rests on is durable',
    schedules: ['spec_dup'],
    workloads: ['orders'],
    changes: [
      [
        'flow/flow',
        'const onUnknown = () =>',
        `for (const plan of changed) for (const { delivery, step } of plan.steps)
            if (step.result.kind === 'duplicate') delivery.receiver.done(delivery, step.result, 0);
        const onUnknown = () =>`,
      ],
    ],
  },
  {
    name: 'two writes of one stream in one call',
    rule: 'one write for each stream in a call',
    schedules: ['j_split'],
    workloads: ['orders'],
    changes: [
      [
        'flow/flow',
        'await (0, commit_1.commit)(this.store, this.runtime, writes, onUnknown)',
        `await (0, commit_1.commit)(this.store, this.runtime, writes.flatMap((write) => write.events.map((event, i) => ({
            stream: write.stream, expected: i === 0 ? write.expected : (write.expected === 'none' ? 0 : write.expected + 1) + i - 1, events: [event],
        }))), onUnknown)`,
      ],
    ],
  },
  {
    name: 'the rows of one message in several appends',
    rule: 'one append for all rows of a message',
    schedules: ['j_split'],
    workloads: ['orders'],
    changes: [
      [
        'flow/flow',
        'await (0, commit_1.commit)(this.store, this.runtime, writes, onUnknown)',
        `await (async () => {
            const ends = [];
            for (const write of writes) {
                let told = { ok: true, version: write.expected };
                for (const event of write.events) {
                    [told] = await (0, commit_1.commit)(this.store, this.runtime, [{ ...write, expected: told.version, events: [event] }], onUnknown);
                    if (!told.ok) break;
                }
                ends.push(told);
            }
            return ends;
        })()`,
      ],
    ],
  },
  {
    name: 'the next batch of an actor begins before the last is confirmed',
    rule: 'one batch of an actor at a time',
    workloads: ['orders', 'desks'],
    changes: [
      ['flow/mailbox', 'box.busy = true;', 'box.busy = false;\n            if (box.queue.length > 0) this.ready.push(box);'],
      ['flow/mailbox', 'box.busy = false;\n        box.losses', 'if (!box) return;\n        box.busy = false;\n        box.losses'],
    ],
  },
  {
    name: 'row ids derived from the cause alone on a server idempotent by id',
    rule: 'row ids belong to one attempt',
    schedules: ['esdb_idem', 'case27_esdb'],
    workloads: ['orders'],
    changes: [
      [
        'flow/commit',
        'entries.map((entry) => (0, codec_1.encodeRow)(entry, runtime.uuid(), time))',
        'entries.map((entry, i) => (0, codec_1.encodeRow)(entry, `${entry.cause.id}@${entry.cause.position}/${i}`, time))',
      ],
    ],
  },
];
