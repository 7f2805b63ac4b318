import type { Faults, Simulation } from '@waybill/testing';
import { closing, deadlines, desks } from './desk';
import { echo } from './echo';
import { conflicts, orders } from './orders';
import { shop } from './shop';
import { stricter, switches, upgrade } from './upgrades';

const all: Readonly<Record<string, Simulation>> = { orders, conflicts, desks, deadlines, closing, shop, upgrade, stricter, switches, echo };
/** Operators who skip too: there a message may have no effect, so it is not asked for where one is counted on. */
const more: Readonly<Record<string, Partial<Faults>>> = { closing: { skip: 0.3 }, conflicts: { skip: 0.3 } };

export const workloads: Readonly<Record<string, Simulation>> = Object.fromEntries(
  Object.entries(all).map(([name, workload]) => [name, { ...workload, anyPart: true, faults: more[name] ?? {} }]),
);
