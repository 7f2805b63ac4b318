import { storeContract } from '@waybill/testing';
import { memoryStore } from 'waybill';
import type { Store } from 'waybill';
import { telemetryOf } from '../../dist/telemetry/telemetry';
import { Sdk } from './kit';

const sdk = new Sdk();
afterAll(() => sdk.end());

storeContract(
  'memory, watched',
  async () => {
    const store = memoryStore();
    const fail = (error: unknown): never => {
      throw error;
    };
    const watched = telemetryOf([], fail)?.store(store) as Store;
    return { store: watched, second: async () => watched, cleanup: () => store.close() };
  },
  { reopen: 'none' },
);
