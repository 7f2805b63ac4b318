export type { Bench, ContractCase, Need, StoreFactory, StoreUnderTest } from './bench';
export { scoped } from './scoped';
export { contractCases, runContractCase, storeContract } from './contract';
export type { Lacks } from './contract';
