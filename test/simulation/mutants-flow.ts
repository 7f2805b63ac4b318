import type { Mutant } from './mutants';

/** Planted in the way of a message: gate, decide, commit, checkpoint. */
export const flowMutants: readonly Mutant[] = [
  {
    name: 'append without expected version',
    workloads: ['orders'],
    changes: [
      [
        'commit',
        'return await store.append(writes);',
        `const told = await store.append(writes);
            if (told.every(({ ok }) => ok)) return told;
            writes = writes.map((write, i) => (told[i].ok ? write : { ...write, expected: told[i].actual }));`,
      ],
    ],
  },
  {
    name: 'checkpoint before append',
    workloads: ['orders'],
    changes: [
      ['subscription', 'runtime, () => this.progress.low, fatal)', 'runtime, () => this.shown ?? this.progress.low, fatal)'],
      ['subscription', 'after = page.position;', 'after = page.position; this.shown = after; this.moved();'],
    ],
  },
  {
    name: 'state changed before the append is confirmed: kept when the append loses',
    workloads: ['orders'],
    changes: [['process', 'lost(plan) {\n        this.hot.drop(plan.work.stream);', 'lost(plan) {']],
  },
  {
    name: 'state changed before the append is confirmed: kept when the append fails',
    workloads: ['orders', 'desks'],
    changes: [['process', 'for (const work of works) {\n            this.hot.drop(work.stream);', 'for (const work of works) {']],
  },
  {
    name: 'dedup only in memory',
    workloads: ['orders'],
    changes: [
      [
        'load',
        'if (!last || rows.length < PAGE)\n            return fold;',
        "if (!last || rows.length < PAGE)\n            return { ...fold, dedup: new (require('./dedup').Dedup)() };",
      ],
    ],
  },
  {
    name: 'last-N ids only (N = 1)',
    workloads: ['orders'],
    changes: [['dedup', '(kept.byKey ??= new Map()).set(once, first);', 'kept.byKey = new Map([[once, first]]);']],
  },
  {
    name: 'wrong version taken for done',
    workloads: ['orders'],
    changes: [['process', 'written[i]?.ok ? this.settle(plan, looks) : this.lost(plan)', 'this.settle(plan, looks)']],
  },
  {
    name: 'ids without business keys',
    workloads: ['orders'],
    changes: [['gate', '        const first = fold.dedup.first(delivery.type, once);', '        const first = undefined;']],
  },
  {
    name: 'rebase after unknown outcome',
    workloads: ['orders'],
    changes: [
      [
        'commit',
        'return await store.append(writes);',
        `const told = await store.append(writes);
            if (!unknown || told.every(({ ok }) => ok)) return told;
            writes = writes.map((write, i) => (told[i].ok ? write : { ...write, expected: told[i].actual }));`,
      ],
    ],
  },
  {
    name: 'outcome published on a decision that read unsaved state',
    workloads: ['orders'],
    changes: [
      [
        'process',
        'const unsure = () =>',
        `for (const plan of changed) for (const { delivery, step } of plan.steps)
            if (step.ending.kind === 'duplicate') delivery.receiver.done(delivery, step.ending, 0);
        const unsure = () =>`,
      ],
    ],
  },
  {
    name: 'two writes of one stream in one call',
    workloads: ['orders'],
    changes: [
      [
        'process',
        'await (0, commit_1.commit)(this.store, this.runtime, writes, unsure)',
        `await (0, commit_1.commit)(this.store, this.runtime, writes.flatMap((write) => write.events.map((event, i) => ({
            stream: write.stream, expected: i === 0 ? write.expected : (write.expected === 'none' ? 0 : write.expected + 1) + i - 1, events: [event],
        }))), unsure)`,
      ],
    ],
  },
  {
    name: 'the next batch of an actor begins before the last is confirmed',
    workloads: ['orders', 'desks'],
    changes: [
      ['mailbox', 'box.busy = true;', 'box.busy = false;\n            if (box.queue.length > 0) this.ready.push(box);'],
      ['mailbox', 'box.busy = false;\n        box.losses', 'if (!box) return;\n        box.busy = false;\n        box.losses'],
    ],
  },
  {
    name: 'checkpoint rides past a write that lost',
    workloads: ['orders'],
    changes: [
      ['process', 'lost(plan) {', 'lost(plan) {\n        for (const { ticket } of plan.work.items) if (ticket) ticket.done = true;'],
    ],
  },
  {
    name: 'checkpoint off by one: at the first message that is not finished',
    workloads: ['orders'],
    changes: [
      [
        'checkpoint',
        'if (this.next < 1_024 && this.next < this.tickets.length)',
        'if (this.tickets[this.next]) this.mark = this.tickets[this.next].position;\n        if (this.next < 1_024 && this.next < this.tickets.length)',
      ],
    ],
  },
  {
    name: 'checkpoint off by one: one position below',
    workloads: ['orders'],
    equivalent: 'the last message comes again and is a duplicate: a checkpoint that is too low costs time only',
    changes: [
      [
        'checkpoint',
        'await this.checkpoint.save({ ...this.start, position });',
        'await this.checkpoint.save({ ...this.start, position: position - 1 });',
      ],
    ],
  },
  {
    name: 'one seen number for all event types',
    workloads: ['upgrade'],
    changes: [
      [
        'dedup',
        'return this.marks.find((mark) => mark.type === type && mark.source === source)?.position ?? 0;',
        'return this.marks.find((mark) => mark.source === source)?.position ?? 0;',
      ],
      [
        'dedup',
        'const mark = this.marks.find((m) => m.type === type && m.source === source);',
        'const mark = this.marks.find((m) => m.source === source);',
      ],
    ],
  },
  {
    name: 'row ids derived from the cause alone on a server idempotent by id',
    workloads: ['orders'],
    changes: [
      [
        'commit',
        'entries.map((entry) => (0, row_1.encodeRow)(entry, runtime.uuid(), time))',
        'entries.map((entry, i) => (0, row_1.encodeRow)(entry, `${entry.cause.id}@${entry.cause.position}/${i}`, time))',
      ],
    ],
  },
  {
    name: '`once` key missing on inputs that only emit',
    workloads: ['desks'],
    changes: [
      [
        'decode',
        'taking?.once && message !== UNREAD ?',
        'taking?.once && !definition.folds.has(type) ? undefined : taking?.once && message !== UNREAD ?',
      ],
    ],
  },
  {
    name: 'discard without a row, then rewind',
    workloads: ['desks'],
    changes: [
      [
        'decide',
        'if (decision instanceof actor_1.Discard) {',
        "if (decision instanceof actor_1.Discard) {\n        return { entries: [], ending: { kind: 'discarded', reason: decision.reason, events: [] } };",
      ],
    ],
  },
  {
    name: 'nothing to do leaves no row',
    workloads: ['switches', 'desks'],
    changes: [
      [
        'decide',
        "return { entries, ending: { kind: 'applied', events } };",
        "return { entries: decidedOn.length === 0 && !definition.folds.has(type) ? [] : entries, ending: { kind: 'applied', events } };",
      ],
    ],
  },
  {
    name: 'schema before redelivery',
    workloads: ['stricter'],
    changes: [
      [
        'gate',
        'const { source, position } = delivery.cause;',
        "if (!delivery.message) return invalid(delivery, delivery.invalid ?? '');\n    const { source, position } = delivery.cause;",
      ],
    ],
  },
  {
    name: 'hot state evicted before its append is confirmed',
    workloads: ['orders'],
    equivalent: 'the turn holds the fold itself, and no other batch of that actor begins before it ends',
    changes: [['process', 'const unsure = () =>', 'for (const work of works) this.hot.drop(work.stream);\n        const unsure = () =>']],
  },
  {
    name: 'early return on a duplicate that loses pending work',
    workloads: ['orders'],
    changes: [
      [
        'plan',
        '            plan.tainted = true;\n            plan.rest = items.slice(i);\n            break;\n        }\n    }',
        "            plan.tainted = true;\n            plan.rest = items.slice(i);\n            break;\n        }\n        if (taken.ending.kind === 'duplicate') break;\n    }",
      ],
    ],
  },
  {
    name: "finishing another message's work under one's own id",
    workloads: ['orders'],
    changes: [
      [
        'commit',
        'entries.map((entry) => (0, row_1.encodeRow)(entry,',
        'entries.map((entry) => (0, row_1.encodeRow)({ ...entry, cause: entries[0].cause },',
      ],
    ],
  },
  {
    name: 'status moved back by a late event',
    workloads: ['orders'],
    changes: [
      ['lifecycle', 'forward: (from, to) => (index(to) > index(from) ? to : from)', 'forward: (from, to) => to'],
      ['fold', 'if (from === to || lifecycle.index(to) > lifecycle.index(from))', 'if (from !== undefined)'],
    ],
  },
  {
    name: 'new row ids for the append that is repeated after an unknown outcome',
    workloads: ['orders'],
    equivalent:
      'the repeated append loses against the stored one, and the gate finds its messages taken in: nothing is stored twice, only "applied" is told as "duplicate"',
    changes: [
      [
        'commit',
        'onUnknown?.();',
        'onUnknown?.();\n            writes = writes.map((write) => ({ ...write, events: write.events.map((event) => ({ ...event, id: runtime.uuid() })) }));',
      ],
    ],
  },
  {
    name: 'workers that share the log by position, not by key',
    workloads: ['orders'],
    changes: [
      [
        'subscription',
        'this.take(row, this.progress.open(row.position, row.data.length + row.meta.length));',
        `{
                        const ticket = this.progress.open(row.position, row.data.length + row.meta.length);
                        this.half ??= parseInt(this.runtime.uuid().slice(0, 8), 16) % 2;
                        if (row.position % 2 === this.half) this.take(row, ticket);
                        else this.finish(ticket);
                    }`,
      ],
    ],
  },
  {
    name: 'a projection folds what its row has folded before',
    workloads: ['shop'],
    changes: [['projection-fold', 'if (cause.position <= known) {', 'if (false) {']],
  },
  {
    name: 'ids of commands are not kept',
    workloads: ['switches', 'shop'],
    changes: [['dedup', '(this.commands ??= new Map()).set(id, first);', '']],
  },
  {
    name: 'a call at most once is not marked before it is made',
    workloads: ['shop'],
    changes: [
      [
        'handler',
        'return (await (0, commit_1.commit)(store, runtime, writes))[0]?.ok === true;',
        'await (0, commit_1.commit)(store, runtime, writes);\n                return true;',
      ],
    ],
  },
];
