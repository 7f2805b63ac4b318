import { closeSync, openSync, writeSync } from 'node:fs';
import type { Fed } from './producer';
import { report, unbalanced, verdict } from './report';
import type { Ran } from './run';
import type { Screen } from './screen';
import { openStore } from './store';
import { outcomesOf } from './tally';
import { auditOf } from './tools';
import { verify } from './verify';
import type { Audit } from './verify';

export interface Ended {
  readonly fed: Fed;
  /** What one process counted while it ran; undefined when several did, or died doing so: then the log is recounted. */
  readonly ran?: Ran | undefined;
}

interface Wanted {
  readonly store: string;
  readonly shipments: string | undefined;
  readonly json: boolean;
  readonly hint: string;
}

/** Opens the log anew, checks it, prints the end of the story. True when the promise holds. */
export async function conclude({ fed, ran }: Ended, wanted: Wanted, screen: Screen): Promise<boolean> {
  const { audit, found } = await check(wanted, ran);
  const tally = ran ? ran.tally : audit.tally;
  const violations = [...audit.violations];
  if (unbalanced(tally)) violations.unshift('received is not the sum of the outcomes');
  if (ran && audit.received !== tally.total().received)
    violations.unshift(`Shipping counted ${tally.total().received} deliveries, the log holds ${audit.received} for it`);
  if (found !== undefined) violations.unshift(found);
  const broken = audit.broken + violations.length - audit.violations.length;
  const heading = !ran
    ? 'What Shipping did with each event, recounted from the whole log:'
    : tally.byType.size > 0
      ? 'What Shipping did with each event in this run:'
      : 'Shipping got nothing in this run. What it did with each event, recounted from the whole log:';
  screen.line();
  for (const line of report(heading, tally.byType.size > 0 ? tally : audit.tally, fed, audit)) screen.line(line);
  screen.line(wanted.hint);
  for (const line of verdict(audit, violations, broken)) screen.line(line);
  if (wanted.json) {
    const total = tally.total();
    const { shipments, incomplete } = audit;
    const numbers = { received: total.received, outcomes: outcomesOf(total), shipments, incomplete: incomplete.count, ...fed };
    screen.line(JSON.stringify({ ...numbers, verdict: broken === 0 ? 'ok' : 'broken', seconds: screen.seconds }));
  }
  return broken === 0;
}

async function check({ store: file, shipments }: Wanted, ran: Ran | undefined): Promise<{ audit: Audit; found: string | undefined }> {
  const store = await openStore(file);
  const output = shipments === undefined ? undefined : openSync(shipments, 'w', 0o600);
  let lines: string[] = [];
  const write = (): void => {
    if (output !== undefined && lines.length > 0) writeSync(output, lines.join(''));
    lines = [];
  };
  const onShipment = (orderId: string, items: readonly number[]): void => {
    if (output === undefined) return;
    lines.push(`${JSON.stringify({ orderId, items })}\n`);
    if (lines.length === 1_000) write();
  };
  try {
    const audit = await verify(store, { ...(ran ? { after: ran.after, to: ran.to } : {}), onShipment });
    write();
    return { audit, found: await auditOf(store) };
  } finally {
    if (output !== undefined) closeSync(output);
    await store.close();
  }
}
