export type { Invariant, Observed, ParkedMessage } from '../oracle/observed';
export { DEFAULT_FAULTS } from './options';
export type { Every, Faults, Simulation, SimulationReport } from './options';
export { simulate, SimulationFailure } from './simulate';
