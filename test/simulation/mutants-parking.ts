import type { Mutant } from './mutants';

/** Planted where messages are set aside, timed, or a saga ends. */
export const parkingMutants: readonly Mutant[] = [
  {
    name: 'park after a follower commits',
    workloads: ['orders', 'desks'],
    changes: [
      [
        'plan',
        "        if (taken === 'again' || taken === 'refused') {\n            plan.rest = items.slice(taken === 'again' ? i : i + 1);\n            break;\n        }",
        "        if (taken === 'again' || taken === 'refused') {\n            if (taken === 'again') plan.rest = [...plan.rest, delivery];\n            continue;\n        }",
      ],
    ],
  },
  {
    name: 'park before an earlier message of the batch commits',
    workloads: ['orders'],
    changes: [
      [
        'process',
        'const unsure = () =>',
        `for (let i = 0; i < changed.length; i++) {
            const { entries, fold, expected } = changed[i];
            const at = entries.findIndex(({ kind }) => kind === 'parked');
            if (at < 1) continue;
            const [told] = await (0, commit_1.commit)(this.store, this.runtime, [{ ...writes[i], events: writes[i].events.slice(at) }]);
            writes[i] = { ...writes[i], expected: told.ok ? told.version : expected, events: writes[i].events.slice(0, at) };
        }
        const unsure = () =>`,
      ],
    ],
  },
  {
    name: "parked messages kept outside of the actor's stream",
    workloads: ['orders'],
    changes: [
      [
        'process',
        'const unsure = () =>',
        `for (let i = 0; i < changed.length; i++) {
            const { entries } = changed[i];
            const parked = writes[i].events.filter((_, n) => entries[n].kind === 'parked');
            const lots = parked.map((event) => ({ stream: \`\${this.definition.name}:parked-\${JSON.parse(event.meta).cause.position}\`, expected: 'none', events: [event] }));
            if (lots.length > 0) await (0, commit_1.commit)(this.store, this.runtime, lots);
            writes[i] = { ...writes[i], events: writes[i].events.filter((event) => !parked.includes(event)) };
            if (writes[i].events.length === 0) changed[i].empty = true;
        }
        const kept = changed.map((plan, i) => [plan, writes[i]]).filter(([plan]) => !plan.empty);
        for (const plan of changed.filter(({ empty }) => empty)) plan.entries.length = 0;
        changed.splice(0, changed.length, ...kept.map(([plan]) => plan));
        writes.splice(0, writes.length, ...kept.map(([, write]) => write));
        const unsure = () =>`,
      ],
    ],
  },
  {
    name: 'parked rows do not count as seen',
    workloads: ['desks'],
    changes: [
      ['fold', '    else\n        dedup.see(cause.source,', "    else if (entry.kind !== 'parked')\n        dedup.see(cause.source,"],
    ],
  },
  {
    name: 'messages behind a parked one go on',
    workloads: ['orders'],
    changes: [['dedup', "park.park === 'failed' || park.park === 'behind'", 'false']],
  },
  {
    name: 'a parked message is released twice',
    workloads: ['desks', 'orders'],
    changes: [['gate', 'if (of !== undefined && !fold.dedup.isOpen(of))', 'if (false)']],
  },
  {
    name: 'deadlines gated by position',
    workloads: ['deadlines'],
    changes: [
      [
        'gate',
        'if (!fold.dedup.isPending(delivery.type, key, version))',
        'if (delivery.cause.position <= fold.dedup.seen(delivery.cause.source, delivery.type))',
      ],
      [
        'fold',
        'if (of !== undefined)\n        dedup.settle(of);',
        'if (of !== undefined) {\n        dedup.settle(of);\n        dedup.see(cause.source, type, cause.position);\n    }',
      ],
    ],
  },
  {
    name: 'a deadline fires although it was cancelled or set anew',
    workloads: ['deadlines'],
    changes: [['gate', 'if (!fold.dedup.isPending(delivery.type, key, version))', 'if (false)']],
  },
  {
    name: 'checkpoint of the deadlines before they are kept',
    workloads: ['deadlines'],
    changes: [
      ['deadline', 'this.waiting.push({ due:', 'this.intake.finish(ticket);\n        this.waiting.push({ due:'],
      ['deadline', 'this.hold(due);\n                    this.intake.finish(ticket);', 'this.hold(due);'],
    ],
  },
  {
    name: 'a closed saga forgets its keys and begins anew',
    workloads: ['closing'],
    changes: [['gate', 'if (fold.closed) {\n        const known', 'if (false) {\n        const known']],
  },
  {
    name: 'a closed saga does not know what it took in',
    workloads: ['closing'],
    changes: [['closing', 'const known = this.known.get(type);', 'const known = undefined;']],
  },
  {
    name: 'a snapshot of a fold that is not durable',
    workloads: ['desks'],
    changes: [
      [
        'process',
        'const unsure = () =>',
        'for (const plan of changed) if (!plan.tainted) this.housekeeping.after(plan.fold);\n        const unsure = () =>',
      ],
    ],
  },
  {
    name: 'a snapshot without the pending deadlines',
    workloads: ['deadlines'],
    changes: [['snapshot', 'if (body.pending.length > 0)', 'if (false)']],
  },
];
