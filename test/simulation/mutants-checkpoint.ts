import type { Mutant } from './mutants';

/** Planted where a consumer says how far it has come, and in projections and handlers. */
export const checkpointMutants: readonly Mutant[] = [
  {
    name: 'workers that share the log by position, not by key',
    rule: 'messages of an actor go to one worker, or to all',
    schedules: ['partition'],
    workloads: ['orders'],
    changes: [
      [
        'consumers/subscription',
        'const newer = this.taker.take(row, ticket);',
        `this.half ??= parseInt(this.runtime.uuid().slice(0, 8), 16) % 2;
                    const newer = row.position % 2 === this.half ? this.taker.take(row, ticket) : this.finish(ticket);`,
      ],
    ],
  },
  {
    name: 'checkpoint before append',
    rule: 'a checkpoint stays below what has no durable outcome',
    workloads: ['orders'],
    changes: [
      ['consumers/subscription', 'runtime, () => this.progress.low, fatal)', 'runtime, () => this.shown ?? this.progress.low, fatal)'],
      ['consumers/subscription', 'this.reached = page.position;', 'this.reached = page.position; this.shown = this.reached; this.moved();'],
    ],
  },
  {
    name: 'checkpoint rides past a write that lost',
    rule: 'a checkpoint passes confirmed writes only',
    schedules: ['j_ride'],
    seen: 762,
    workloads: ['orders'],
    changes: [
      ['flow/flow', 'lost(plan) {', 'lost(plan) {\n        for (const delivery of plan.work.items) delivery.receiver.finish?.(delivery);'],
      ['consumers/checkpoint', 'close(ticket) {', 'close(ticket) {\n        if (ticket.closed) return;\n        ticket.closed = true;'],
    ],
  },
  {
    name: 'checkpoint off by one: at the first message that is not finished',
    rule: 'at or below a checkpoint all is finished',
    schedules: ['ck_below'],
    workloads: ['orders'],
    changes: [
      [
        'consumers/checkpoint',
        '[this.first, this.mark] = [above, through];',
        '[this.first, this.mark] = [above, above ? above.position : through];',
      ],
    ],
  },
  {
    name: 'checkpoint off by one: one position below',
    rule: 'at or below a checkpoint all is finished',
    workloads: ['orders'],
    equivalent: 'the last message comes again and is a duplicate: a checkpoint that is too low costs time only',
    changes: [
      [
        'consumers/checkpoint',
        'await this.checkpoint.save({ ...this.start, position });',
        'await this.checkpoint.save({ ...this.start, position: position - 1 });',
      ],
    ],
  },
  {
    name: 'checkpoint of the deadlines before they are kept',
    rule: 'a checkpoint stays below what has no durable outcome',
    workloads: ['deadlines'],
    changes: [
      ['deadlines/clock', 'this.keeper.add(item, ticket);', 'this.subscription.finish(ticket);\n        this.keeper.add(item, ticket);'],
      ['deadlines/keeper', 'this.kept(batch.map(({ ticket }) => ticket));', 'this.kept([]);'],
    ],
  },
  {
    name: 'a projection folds what its row has folded before',
    rule: 'each row of a view has its position',
    schedules: ['proj'],
    workloads: ['shop'],
    changes: [['projections/fold', 'if (cause.position <= known) {', 'if (false) {']],
  },
  {
    name: 'a call at most once is not marked before it is made',
    rule: 'a call at most once is marked before it',
    schedules: ['amo'],
    workloads: ['shop'],
    changes: [['flow/attempt', 'return written?.ok === true;', 'return true;']],
  },
  {
    name: 'a call that throws counts as made',
    seen: 147,
    rule: 'a call at least once has ended well',
    workloads: ['shop'],
    changes: [
      [
        'consumers/handler',
        'await this.calls.carry(type, message, cause, time);',
        'await this.calls.carry(type, message, cause, time).catch(() => undefined);',
      ],
    ],
  },
];
