import { OUTCOMES } from 'waybill';
import type { Fed } from './producer';
import { figure } from './screen';
import { sumOf } from './tally';
import type { Tally } from './tally';
import type { Audit } from './verify';

const SHOWN = { reasons: 20, orders: 40, violations: 20 };

/** Lines for people: what came in and what became of it, then what the check of the log found. */
export function report(heading: string, tally: Tally, fed: Fed, audit: Audit): string[] {
  const { parked, incomplete, complete, shipments, overdue, tooLate } = audit;
  return [
    heading,
    ...table(tally),
    '',
    `Feed        ${feedLine(fed)}`,
    `Shipments   ${figure(shipments)} for ${figure(complete)} complete orders`,
    `Too late    ${figure(tooLate)} items came behind their shipment; ${figure(overdue)} orders were told to be incomplete in time`,
    `Parked      ${figure(sum(parked))}${parked.size > 0 ? ', conflicts among them:' : ''}`,
    ...shortened(
      [...parked]
        .sort(([, a], [, b]) => b.count - a.count)
        .map(([why, { count, example }]) => `  ${figure(count)} × ${why} (as in ${example})`),
      parked.size,
      SHOWN.reasons,
      'reasons',
    ),
    `Incomplete  ${figure(incomplete.count)}${incomplete.count > 0 ? ':' : ''}`,
    ...shortened(
      incomplete.orders.map(({ orderId, lacks }) => `  ${orderId} ${lacks}`),
      incomplete.count,
      SHOWN.orders,
      'orders',
    ),
    '',
  ];
}

export function verdict({ complete, rows }: Audit, violations: readonly string[], broken: number): string[] {
  if (broken === 0) {
    const what = `each of ${figure(complete)} complete orders has exactly one ShipmentRequested with exactly its items`;
    return [`Verdict: ok, ${what} (an independent check of all ${figure(rows)} rows of the log; its audit found nothing either).`];
  }
  return [
    ...shortened(
      violations.map((violation) => `  ${violation}`),
      broken,
      SHOWN.violations,
      'violations',
    ),
    `Verdict: BROKEN, ${figure(broken)} ${broken === 1 ? 'violation' : 'violations'}, see above.`,
  ];
}

function feedLine({ appended, recognised, refused }: Fed): string {
  const lines = `${figure(appended + recognised + refused)} lines: `;
  const bad = refused > 0 ? `, ${figure(refused)} refused` : '';
  if (appended === 0 && recognised > 0) return `${lines}nothing appended, ${figure(recognised)} recognised line by line${bad}`;
  return `${lines}${figure(appended)} appended, ${figure(recognised)} recognised from before${bad}`;
}

function table(tally: Tally): string[] {
  const columns = ['received', ...OUTCOMES] as const;
  const rows = [...tally.byType].sort(([a], [b]) => a.localeCompare(b)).map(([type, counts]) => [type, counts] as const);
  const body = [...rows, ['all', tally.total()] as const].map(([type, counts]) => [type, ...columns.map((what) => figure(counts[what]))]);
  const cells = [['', ...columns], ...body];
  const width = (column: number): number => Math.max(...cells.map((row) => row[column]?.length ?? 0));
  return cells.map((row) => `  ${row.map((cell, i) => (i === 0 ? cell.padEnd(width(i)) : cell.padStart(width(i)))).join('  ')}`);
}

function shortened(lines: readonly string[], all: number, most: number, what: string): string[] {
  return all > most ? [...lines.slice(0, most), `  … and ${figure(all - most)} more ${what}`] : [...lines];
}

function sum(parked: Audit['parked']): number {
  let all = 0;
  for (const { count } of parked.values()) all += count;
  return all;
}

/** Every delivery ends in exactly one outcome. */
export function unbalanced(tally: Tally): boolean {
  const total = tally.total();
  return total.received !== sumOf(total);
}
