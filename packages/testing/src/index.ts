export { contractCases, runContractCase, storeContract, type Lacks } from './contract';
export { scoped } from './contract-scoped';
export type { Bench, ContractCase, Need, StoreFactory, StoreUnderTest } from './contract-kit';
export { DEFAULT_FAULTS, simulate, SimulationFailure } from './simulate';
export type { Every, Faults, Invariant, Observed, ParkedMessage, Simulation, SimulationReport } from './simulate';
export { refuseOpenSpecs, spec, type Arranged, type Arrived } from './spec';
export type { WhenOptions } from './spec-journal';
