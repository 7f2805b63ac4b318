import { storeContract } from '@waybill/testing';
import { Event, memoryStore, personalStore } from 'waybill';

/** The rows of the contract, as if all of their first field were personal. */
export class Noted extends Event('Noted', { personal: ['n'], subject: () => 'someone' })<{ n: number }> {}

storeContract(
  'memory, with personal data',
  async () => {
    const store = memoryStore();
    const both = personalStore(store);
    return { store: both, second: async () => both, cleanup: () => store.close() };
  },
  { reopen: 'none', views: false, keys: "the secrets are the wrapper's own" },
);
