import type { Simulation } from '@waybill/testing';
import { closing, deadlines, desks } from './desk';
import { conflicts, orders } from './orders';
import { shop } from './shop';
import { stricter, switches, upgrade } from './upgrades';

export const workloads: Readonly<Record<string, Simulation>> = { orders, conflicts, desks, deadlines, closing, shop, upgrade, stricter, switches };
