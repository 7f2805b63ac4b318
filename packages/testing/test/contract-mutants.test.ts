import assert from 'node:assert/strict';
import type { ContractCase } from '@waybill/testing';
import { contractCases, runContractCase, storeContract } from '@waybill/testing';
import { disk } from './contract-disk';
import { limitMutants } from './contract-mutants-limits';
import { logMutants } from './contract-mutants-log';
import { stateMutants } from './contract-mutants-state';
import { subscribeMutants } from './contract-mutants-subscribe';

const mutants = [...logMutants, ...subscribeMutants, ...stateMutants, ...limitMutants];

function caseBegun(begin: string): ContractCase {
  const found = contractCases.filter(({ title }) => title.startsWith(begin));
  assert.equal(found.length, 1, `'${begin}' is the beginning of ${found.length} titles, not of one`);
  return found[0]!;
}

storeContract('the store that the mutants are made of', () => disk());

describe('the store contract refuses a store that', () => {
  for (const { name, mutation, caught } of mutants) {
    test(name, async () => {
      for (const begin of caught) {
        const run = runContractCase(caseBegun(begin), () => disk(mutation), 200);
        await assert.rejects(run, `'${begin}' accepts a store that ${name}`);
      }
    });
  }
});

test('every case of the store contract fails for at least one mutant', () => {
  const caught = new Set(mutants.flatMap((mutant) => mutant.caught.map(caseBegun)));
  assert.deepEqual(
    contractCases.filter((one) => !caught.has(one)).map(({ title }) => title),
    [],
  );
});
