import { appendCases } from './append';
import { checkpointCases } from './checkpoint';
import { concurrencyCases } from './concurrency';
import { filterCases } from './filter';
import { keyCases } from './keys';
import type { ContractCase, Need, StoreFactory } from './bench';
import { Bench } from './bench';
import { closeCases, durabilityCases } from './lifecycle';
import { nameCases, payloadCases } from './limits';
import { readCases } from './read';
import { retryCases } from './retry';
import { snapshotCases } from './snapshot';
import { subscribeCases } from './subscribe';
import { truncateCases } from './truncate';
import { viewOrderCases } from './view-order';
import { viewCases } from './views';

/** What every store promises to the flow. A case that a store does not pass is a guarantee that Waybill cannot give on it. */
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
  ...viewOrderCases,
  ...keyCases,
  ...nameCases,
  ...payloadCases,
  ...durabilityCases,
  ...closeCases,
];

/** What the store under test cannot do, each with its reason, which appears in the titles of the skipped cases; `false` where it can. */
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

/** Runs one case on a log of its own; rejects if the store breaks it. `patience`: how long to wait for what must come, in milliseconds. */
export async function runContractCase(contractCase: ContractCase, factory: StoreFactory, patience = 15_000): Promise<void> {
  const bench = new Bench(await factory(), patience);
  try {
    await contractCase.run(bench);
  } finally {
    await bench.cleanup();
  }
}
