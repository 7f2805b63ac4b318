import { memoryStore } from '@waybill/core';
import { storeContract } from '@waybill/testing';

function memory() {
  const store = memoryStore();
  return { store, second: async () => store, cleanup: async () => undefined };
}

storeContract('memoryStore', memory, { reopen: 'a memory store lives and dies with its object' });
