export { contractCases, runContractCase, scoped, storeContract } from './contract';
export type { Bench, ContractCase, Lacks, Need, StoreFactory, StoreUnderTest } from './contract';
export { DEFAULT_FAULTS, simulate, SimulationFailure } from './simulate';
export type { Every, Faults, Invariant, Observed, ParkedMessage, Simulation, SimulationReport } from './simulate';
export { refuseOpenSpecs, spec } from './spec';
export type { Arranged, Arrived, WhenOptions } from './spec';
