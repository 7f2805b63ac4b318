import { storeContract } from '@waybill/testing';
import { logFile } from './kit';

storeContract('sqlite(file)', () => logFile());
storeContract(`sqlite(file, { thread: 'main' })`, () => logFile({ thread: 'main' }));
storeContract(`sqlite(file, { durability: 'relaxed' })`, () => logFile({ durability: 'relaxed' }));
