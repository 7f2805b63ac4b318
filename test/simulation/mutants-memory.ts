import type { Mutant } from './mutants';

/** Planted in what tells a copy from a first one: ids, keys, rows. */
export const memoryMutants: readonly Mutant[] = [
  {
    name: 'dedup only in memory',
    rule: 'what was taken in is read from the stream',
    schedules: ['base'],
    workloads: ['orders'],
    changes: [
      [
        'history/replay',
        'return known === undefined ? fold : undefined;',
        "return known === undefined ? { ...fold, dedup: new (require('./dedup').Dedup)() } : undefined;",
      ],
    ],
  },
  {
    name: 'last-N ids only (N = 1)',
    rule: 'no key is forgotten by age or count',
    schedules: ['base'],
    workloads: ['orders'],
    changes: [['history/dedup', '(kept.byKey ??= new Map()).set(once, first);', 'kept.byKey = new Map([[once, first]]);']],
  },
  {
    name: 'ids without business keys',
    rule: 'a business key is taken in once, under whatever id',
    schedules: ['base'],
    workloads: ['orders'],
    changes: [['flow/gate', '        const first = fold.dedup.first(delivery.type, once);', '        const first = undefined;']],
  },
  {
    name: 'one seen number for all event types',
    rule: 'one position for each source and type',
    schedules: ['new_type'],
    workloads: ['upgrade'],
    changes: [
      [
        'history/dedup',
        'return this.marks.find((mark) => mark.type === type && mark.source === source)?.position ?? 0;',
        'return this.marks.find((mark) => mark.source === source)?.position ?? 0;',
      ],
      [
        'history/dedup',
        'const mark = this.marks.find((m) => m.type === type && m.source === source);',
        'const mark = this.marks.find((m) => m.source === source);',
      ],
    ],
  },
  {
    name: '`once` key missing on inputs that only emit',
    rule: 'the key stands in the row of every input',
    schedules: ['once_no_apply'],
    workloads: ['desks'],
    changes: [
      [
        'history/codec',
        'once: keyToday(definition, message) ?? once };',
        'once: definition.folds.has(type) ? (keyToday(definition, message) ?? once) : undefined };',
      ],
    ],
  },
  {
    name: 'discard without a row, then rewind',
    rule: 'every decision leaves a row',
    schedules: ['discard_redeliver'],
    workloads: ['desks'],
    changes: [
      [
        'flow/step',
        'if (decision instanceof actor_1.Discard) {',
        "if (decision instanceof actor_1.Discard) {\n        return { entries: [], result: { kind: 'discarded', reason: decision.reason, events: [] } };",
      ],
    ],
  },
  {
    name: 'nothing to do leaves no row',
    rule: 'every decision leaves a row',
    schedules: ['cmd_noop'],
    workloads: ['switches', 'desks'],
    changes: [
      [
        'flow/step',
        "return { entries, result: { kind: 'applied', events } };",
        "return { entries: decidedOn.length === 0 && !definition.folds.has(type) ? [] : entries, result: { kind: 'applied', events } };",
      ],
    ],
  },
  {
    name: 'schema before redelivery',
    rule: 'redelivery first, schema behind it',
    schedules: ['schema'],
    workloads: ['stricter'],
    changes: [
      [
        'flow/gate',
        'const { source, position } = delivery.cause;',
        "if (!delivery.message) return invalid(delivery, delivery.invalid ?? '');\n    const { source, position } = delivery.cause;",
      ],
    ],
  },
  {
    name: 'other content under a known key taken for a copy',
    rule: 'a copy has the same content',
    schedules: ['same_id'],
    workloads: ['conflicts'],
    changes: [['flow/gate', "if (first && compared !== 'other')", 'if (first)']],
  },
  {
    name: 'ids of commands are not kept',
    rule: 'an id of a command is kept with its answer',
    schedules: ['cmd_twice'],
    workloads: ['switches', 'shop'],
    changes: [['history/dedup', '(this.commands ??= new Map()).set(id, first);', '']],
  },
  {
    name: 'an output that is an input is let through',
    rule: 'an actor does not take what it emits',
    schedules: ['self'],
    workloads: ['echo'],
    changes: [['flow/answer', 'if (definition.inputs.has(event.type)) {', 'if (false) {']],
  },
];
