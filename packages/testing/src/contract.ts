import { appendCases } from './contract-append';
import { checkpointCases } from './contract-checkpoint';
import { concurrencyCases } from './contract-concurrency';
import { filterCases } from './contract-filter';
import { keyCases } from './contract-keys';
import type { ContractCase, Need, StoreFactory } from './contract-kit';
import { Bench } from './contract-kit';
import { closeCases, durabilityCases } from './contract-lifecycle';
import { nameCases, payloadCases } from './contract-limits';
import { readCases } from './contract-read';
import { retryCases } from './contract-retry';
import { snapshotCases } from './contract-snapshot';
import { subscribeCases } from './contract-subscribe';
import { truncateCases } from './contract-truncate';
import { viewCases } from './contract-views';

/** What every store promises to the flow. A case that a store cannot pass is a promise that Waybill cannot keep on it. */
export const contractCases: readonly ContractCase[] = [
  ...appendCases,
  ...retryCases,
  ...concurrencyCases,
  ...readCases,
  ...truncateCases,
  ...subscribeCases,
  ...filterCases,
  ...checkpointCases,
  ...snapshotCases,
  ...viewCases,
  ...keyCases,
  ...nameCases,
  ...payloadCases,
  ...durabilityCases,
  ...closeCases,
];

/** What the store under test cannot do, each with the reason, which stands in the titles of the cases that are skipped; `false` where it can. */
export type Lacks = Readonly<Partial<Record<Need, string | false>>>;

interface Test {
  (title: string, run: () => Promise<void>, timeout?: number): unknown;
  readonly skip: (title: string, run: () => Promise<void>) => unknown;
}
declare const describe: (title: string, body: () => void) => unknown;
declare const test: Test;

/**
 * Registers the store contract with the test runner at hand (globals `describe` and `test`, as of jest).
 * Each case gets a log of its own from `factory`.
 */
export function storeContract(name: string, factory: StoreFactory, lacks: Lacks = {}): void {
  describe(`${name} keeps the store contract`, () => {
    for (const contractCase of contractCases) {
      const why = contractCase.needs?.map((need) => lacks[need]).find(Boolean);
      const run = () => runContractCase(contractCase, factory);
      if (!why) test(contractCase.title, run, 60_000);
      else test.skip(`${contractCase.title} (skipped: ${why})`, run);
    }
  });
}

/** Runs one case on a log of its own; rejects if the store does not keep it. `patience`: milliseconds to wait for what must come. */
export async function runContractCase(contractCase: ContractCase, factory: StoreFactory, patience = 15_000): Promise<void> {
  const bench = new Bench(await factory(), patience);
  try {
    await contractCase.run(bench);
  } finally {
    await bench.cleanup();
  }
}
