import { memoryStore } from '@waybill/core';
import { storeContract } from '@waybill/testing';
import { served, sqliteLog } from './kit';

const noIds = { anyId: 'EventStoreDB takes no event ids but UUIDs' };

storeContract('eventStore(memory behind the protocol)', () => served(), noIds);
storeContract('eventStore(SQLite behind the protocol)', () => served(sqliteLog), noIds);
storeContract(`eventStore(…, { path: 'batch' })`, () => served(memoryStore, { path: 'batch' }), noIds);
