export { contractCases, runContractCase, storeContract, type Lacks } from './contract';
export type { Bench, ContractCase, Need, StoreFactory, StoreUnderTest } from './contract-kit';
export { refuseOpenSpecs, spec, type Arranged, type Arrived } from './spec';
export type { WhenOptions } from './spec-journal';
