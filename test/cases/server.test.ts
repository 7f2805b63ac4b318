import { skipAloud } from '../skipped';

// Where it is set, `forEachStore` runs every case on it, too.
if (process.env['WAYBILL_ESDB'] === undefined)
  skipAloud('the cases on a real EventStoreDB server', 'WAYBILL_ESDB names none: set it to an esdb:// connection string');
else test('the cases run on the server that WAYBILL_ESDB names', () => expect(process.env['WAYBILL_ESDB']).toMatch(/^(esdb|kurrentdb)/));
