import { audit } from 'waybill';
import { everything, USE } from './audit-log';
import { forEachStore } from './stores';

forEachStore('the audit', (open, name) => {
  test(`a log with every kind of row is clean: as it is, with its classes, and with every decision taken again`, async () => {
    const world = await everything(open());
    await world.audit(USE);
    await world.audit(USE, { decisions: true, actors: 2 });
    const { rows, actors, position } = await audit(world.store);
    expect(rows).toBe((await world.rows()).length);
    expect(position).toBe(await world.store.head());
    expect(actors).toBeGreaterThan(name === 'memory' ? 30 : 20);
  });
});
