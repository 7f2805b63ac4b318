import type { Mutant } from './mutants';

/** Planted where messages are set aside. */
export const parkingMutants: readonly Mutant[] = [
  {
    name: 'park after a follower commits',
    rule: 'nothing passes a message that has thrown',
    schedules: ['park_early'],
    workloads: ['orders', 'desks'],
    changes: [
      [
        'flow/batch',
        "        if (taken === 'again' || taken === 'refused') {\n            plan.rest = items.slice(taken === 'again' ? i : i + 1);\n            break;\n        }",
        "        if (taken === 'again' || taken === 'refused') {\n            if (taken === 'again') plan.rest = [...plan.rest, delivery];\n            continue;\n        }",
      ],
    ],
  },
  {
    name: 'park before an earlier message of the batch commits',
    rule: 'a message is parked in the append of those before it',
    schedules: ['park_early'],
    workloads: ['orders'],
    changes: [
      [
        'flow/flow',
        'const onUnknown = () =>',
        `for (let i = 0; i < changed.length; i++) {
            const { entries, fold, expected } = changed[i];
            const at = entries.findIndex(({ kind }) => kind === 'parked');
            if (at < 1) continue;
            const [told] = await (0, commit_1.commit)(this.store, this.runtime, [{ ...writes[i], events: writes[i].events.slice(at) }]);
            writes[i] = { ...writes[i], expected: told.ok ? told.version : expected, events: writes[i].events.slice(0, at) };
        }
        const onUnknown = () =>`,
      ],
    ],
  },
  {
    name: "parked messages kept outside of the actor's stream",
    rule: "a parked message is a row of its actor's stream",
    schedules: ['park_race', 'park_retry_crash'],
    workloads: ['orders'],
    changes: [
      [
        'flow/flow',
        'const onUnknown = () =>',
        `for (let i = 0; i < changed.length; i++) {
            const { entries } = changed[i];
            const parked = writes[i].events.filter((_, n) => entries[n].kind === 'parked');
            const parks = parked.map((event) => ({ stream: \`\${this.definition.name}:parked-\${JSON.parse(event.meta).cause.position}\`, expected: 'none', events: [event] }));
            if (parks.length > 0) await (0, commit_1.commit)(this.store, this.runtime, parks);
            writes[i] = { ...writes[i], events: writes[i].events.filter((event) => !parked.includes(event)) };
            if (writes[i].events.length === 0) changed[i].empty = true;
        }
        const kept = changed.map((plan, i) => [plan, writes[i]]).filter(([plan]) => !plan.empty);
        for (const plan of changed.filter(({ empty }) => empty)) plan.entries.length = 0;
        changed.splice(0, changed.length, ...kept.map(([plan]) => plan));
        writes.splice(0, writes.length, ...kept.map(([, write]) => write));
        const onUnknown = () =>`,
      ],
    ],
  },
  {
    name: 'a message parked on a state that was never saved',
    rule: "a parked message is a row of its actor's stream",
    schedules: ['spec_park'],
    workloads: ['orders', 'conflicts'],
    changes: [
      [
        'flow/flow',
        'const lookups = [];',
        `for (let i = 0; i < changed.length; i++) {
            const parked = written[i].ok ? [] : writes[i].events.filter((_, n) => changed[i].entries[n].kind === 'parked');
            if (parked.length > 0) await (0, commit_1.commit)(this.store, this.runtime, [{ ...writes[i], expected: written[i].actual, events: parked }]);
        }
        const lookups = [];`,
      ],
    ],
  },
  {
    name: 'parked rows do not count as seen',
    rule: 'a parked message is taken in once',
    schedules: ['park_twice'],
    workloads: ['desks'],
    changes: [
      [
        'history/fold',
        '    else\n        dedup.see(cause.source,',
        "    else if (entry.kind !== 'parked')\n        dedup.see(cause.source,",
      ],
    ],
  },
  {
    name: 'messages behind a parked one go on',
    rule: 'all behind a parked message wait in line',
    schedules: ['park_race'],
    workloads: ['orders'],
    changes: [['history/dedup', "park.park === 'failed' || park.park === 'behind'", 'false']],
  },
  {
    name: 'a parked message is released twice',
    rule: 'a park is released once',
    schedules: ['park_retry_crash'],
    workloads: ['desks', 'orders'],
    changes: [['flow/gate', 'if (of !== undefined && !fold.dedup.isOpen(of))', 'if (false)']],
  },
  {
    name: 'a release goes before the message that is first in line',
    rule: 'a line is released in order',
    workloads: ['desks', 'orders'],
    changes: [
      [
        'flow/gate',
        'const waits = queued(fold, delivery.release?.of, once);',
        'const waits = delivery.release ? undefined : queued(fold, undefined, once);',
      ],
    ],
  },
  {
    name: 'a release that meets a copy leaves no row',
    rule: 'a release leaves a row, whatever comes of it',
    schedules: ['no row for a release'],
    workloads: ['desks', 'conflicts'],
    equivalent: 'while a message is parked its copies are duplicates of the park, so none is taken in that a release could meet',
    changes: [['flow/step', 'if (release && verdict.first)', 'if (false)']],
  },
  {
    name: 'copies of a skipped message have their effect',
    rule: 'what an operator skipped stays skipped',
    schedules: ['skip_rewind'],
    workloads: ['conflicts', 'closing'],
    changes: [['history/fold', 'dedup.skip(of)', 'dedup.settle(of)']],
  },
];
