import { DEFAULT_FAULTS } from '@waybill/testing';
import type { Faults, Simulation } from '@waybill/testing';

const NONE = Object.fromEntries(Object.keys(DEFAULT_FAULTS).map((name) => [name, 0])) as unknown as Faults;

/** Only these faults, as often as this. */
export const only = (faults: Partial<Faults>): Pick<Simulation, 'faults' | 'mode'> => ({ faults: { ...NONE, ...faults }, mode: 'random' });
