import { App, audit, auditText, explanationText, guaranteesText, memoryStore } from 'waybill';
import type { Store } from 'waybill';
import { School, Trip } from './kit';

const lines: string[] = [];

async function look(app: App, store: Store): Promise<boolean> {
  // #region look
  lines.push(guaranteesText(app.guarantees())); // per class and method: what holds, by which mechanism, at which cost, what would break it
  lines.push(explanationText(await app.explain('p-2'))); // what became of a message, delivery by delivery, and the row that it met
  const report = await audit(store, { use: [Trip], decisions: true }); // the whole log, offline or while it is written
  lines.push(auditText(report)); // ok, or the first violation with its positions
  return report.ok;
  // #endregion
}

test('an app says what it guarantees and what became of a message; a log is audited', async () => {
  const store = memoryStore();
  const school = new School(store);
  const app = await App.start({ store, use: [Trip] });
  await school.announce('a-1', 't1', 2);
  await school.pay('p-1', 't1', 0);
  await school.pay('p-2', 't1', 0);
  await app.settled();
  expect(await look(app, store)).toBe(true);
  await app.stop();
  const [guarantees, explanation, report] = lines;
  expect(guarantees).toContain('trip');
  expect(explanation).toContain('duplicate');
  expect(explanation).toContain('trip-t1');
  expect(report).toContain('ok');
});
