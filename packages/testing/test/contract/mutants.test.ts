import assert from 'node:assert/strict';
import { checkWrites } from '@waybill/core';
import type { ContractCase } from '@waybill/testing';
import { contractCases, runContractCase, storeContract } from '@waybill/testing';
import type { Mutation } from './disk';
import { disk } from './disk';
import { keyMutants } from './mutants-keys';
import { limitMutants } from './mutants-limits';
import { logMutants } from './mutants-log';
import { stateMutants } from './mutants-state';
import { subscribeMutants } from './mutants-subscribe';
import { truncateMutants } from './mutants-truncate';

const mutants = [...logMutants, ...truncateMutants, ...subscribeMutants, ...stateMutants, ...keyMutants, ...limitMutants];

function caseBegun(begin: string): ContractCase {
  const found = contractCases.filter(({ title }) => title.startsWith(begin));
  assert.equal(found.length, 1, `'${begin}' is the beginning of ${found.length} titles, not of one`);
  return found[0]!;
}

storeContract('the store that the mutants are made of', () => disk());

/** Less than an event may hold elsewhere, and no round number of events. */
const small: Mutation = (store) => ({
  maxWrite: 300_001,
  append: async (writes) => {
    checkWrites(writes, 300_001);
    return store.append(writes);
  },
});

storeContract('a store of small writes', () => disk(small));

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
