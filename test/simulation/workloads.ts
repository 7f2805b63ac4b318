import type { Faults, Simulation } from '@waybill/testing';
import { aliased } from './aliases';
import { anotherKey, defaults, upcast } from './changes';
import { Armed, Boards, closing, deadlines, Desk, desks, Wrote } from './desk';
import { echo } from './echo';
import { anotherFold } from './folds';
import { only } from './only';
import { conflicts, oneOrder, orders } from './orders';
import { badAddress, telegrams } from './outside';
import { ahead, apart, restored } from './places';
import { refusals } from './refusals';
import { downtime, late, renamed, rollback, sideBySide, skipped } from './releases';
import { shop } from './shop';
import { blocked, jumps, steps } from './times';
import { stricter, switches, upgrade } from './upgrades';

/** A deadline that one worker parks and another one is asked about. */
const alarm: Simulation = {
  use: [Desk, Boards],
  messages: [new Armed({ desk: 'd-1', name: 'x', seconds: 2 }), new Wrote({ desk: 'd-1', page: 1 })],
  ...only({ throws: 0.3, skew: 0.5, delay: 0.5, reorder: 0.5 }),
  limits: { attempts: 1 },
  workers: 2,
};

/** Workers whose clocks are minutes apart, and who do not live long. */
const clocks: Simulation = { ...deadlines, ...only({ skew: 0.7, restart: 0.02, crash: 0.02, slow: 0.1 }) };

const all: Readonly<Record<string, Simulation>> = {
  'one-order': oneOrder,
  orders,
  conflicts,
  desks,
  deadlines,
  alarm,
  clocks,
  closing,
  shop,
  refusals,
  upgrade,
  stricter,
  switches,
  echo,
  ...{ renamed, aliased, skipped, rollback, 'side-by-side': sideBySide, late, downtime },
  ...{ jumps, blocked, steps },
  ...{ restored, apart, ahead },
  ...{ 'bad-address': badAddress, telegrams },
  ...{ 'another-key': anotherKey, defaults, upcast, 'another-fold': anotherFold },
};
/** Operators who skip too: there a message may have no effect, so it is not asked for where one is counted on. */
const more: Readonly<Record<string, Partial<Faults>>> = { closing: { skip: 0.3 }, conflicts: { skip: 0.3 } };

export const workloads: Readonly<Record<string, Simulation>> = Object.fromEntries(
  Object.entries(all).map(([name, workload]) => [name, { ...workload, anyPart: true, faults: more[name] ?? workload.faults ?? {} }]),
);
