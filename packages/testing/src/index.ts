export { contractCases, runContractCase, storeContract, type Lacks } from './contract';
export type { Bench, ContractCase, Need, StoreFactory, StoreUnderTest } from './contract-kit';
