import { audit, memoryStore } from 'waybill';
import type { AuditOptions, NewEvent } from 'waybill';
import { Purchases, Stock } from './refusal-actors';

const use = [Purchases, Stock];
const command = { orderId: 'o-1', quantity: 3, sku: 'pear' };
const DECIDED: AuditOptions = { use, decisions: true };

/** A log with one command, and rows of the stock that claim to follow from it: those of one list are one append. */
async function violations(appends: readonly (readonly Omit<NewEvent, 'id' | 'time'>[])[], options: AuditOptions): Promise<string[]> {
  const store = memoryStore();
  const source = { id: 'c-1', type: 'Reserve', data: JSON.stringify(command), meta: '{}', time: 1 };
  await store.append([{ stream: 'feed', expected: 'none', events: [source] }]);
  const cause = { id: 'c-1', source: store.id, position: 1 };
  let expected: number | 'none' = 'none';
  for (const [n, rows] of appends.entries()) {
    const events = rows.map((row, i) => ({
      ...row,
      ...{ id: `r-${n}-${i}`, time: n + 2, meta: JSON.stringify({ cause, ...(JSON.parse(row.meta) as object) }) },
    }));
    const [written] = await store.append([{ stream: 'stock-pear', expected, events }]);
    expected = written?.ok ? written.version : expected;
  }
  const found = await audit(store, options);
  return found.violations.map(({ invariant, what }) => `${invariant}: ${what}`);
}

const took = (more: object) => ({ type: 'took:Reserve', data: JSON.stringify(command), meta: JSON.stringify(more) });
const told = took({ refused: 'only 2 left', told: true });
const refusal = (refusedBecause = 'only 2 left') => ({
  type: 'Reserve.refused',
  data: JSON.stringify({ ...command, refusedBecause }),
  meta: '{"folded":true}',
});
const MISSING = 'I6: the refusal that the message before it leads to is missing';
const NOTHING = 'I6: Reserve.refused follows a message that led to nothing: it was refused or discarded';

test.each<[string, Parameters<typeof violations>[0], AuditOptions, string[]]>([
  ['a refusal is told, without the classes', [[told, refusal()]], {}, []],
  ['a refusal is told, with decisions', [[told, refusal()]], DECIDED, []],
  ['a refusal was not to be told', [[took({ refused: 'only 2 left' })]], DECIDED, []],
  ['the refusal is missing at the end of the log', [[told]], { use }, [MISSING]],
  ['the refusal is missing before another row', [[told], [{ ...told, type: 'parked:Reserve', meta: '{"park":"late"}' }]], {}, [MISSING]],
  ['the refusal is told twice', [[told, refusal(), refusal()]], {}, [NOTHING]],
  ['the refusal follows a row that does not say so', [[took({ refused: 'only 2 left' }), refusal()]], {}, [NOTHING]],
  [
    'the refusal was appended later',
    [[told], [refusal()]],
    {},
    ['I6: Reserve.refused was not appended together with the row that took in its cause'],
  ],
  [
    'the refusal gives another reason',
    [[told, refusal('none left')]],
    DECIDED,
    ['I3: its cause leads to a Reserve.refused with other content'],
  ],
])('the audit looks at what is told: %s', async (_, appends, options, expected) => {
  expect(await violations(appends, options)).toEqual(expected);
});
