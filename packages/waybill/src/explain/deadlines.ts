import { load } from '@waybill/core';
import type { ActorDefinition } from '@waybill/core';
import { parseRow } from '../audit/parsed-row';
import type { ParsedRow } from '../audit/parsed-row';
import type { LogAccess } from './actors';
import type { Told } from './explanation';
import { outcomeFromRows, placeOf } from './outcomes';

const PAGE = 1_000;

/** What became of a deadline: it fired, was cancelled or set again, or is pending. */
export async function explainDeadline(
  access: LogAccess,
  definition: ActorDefinition,
  armed: ParsedRow,
  traces: readonly ParsedRow[],
): Promise<Told> {
  const who = { consumer: definition.name, kind: 'saga', stream: armed.row.stream } as const;
  const { key = '', due = 0 } = armed.meta;
  const result = outcomeFromRows(traces.filter(({ row }) => row.stream === armed.row.stream));
  if (result) return { ...who, ...result, because: `fired: ${result.because}` };
  const { dedup, closed } = await load(access.store, definition, armed.row.stream, access.runtime);
  if (dedup.isPending(armed.type, key, armed.row.version))
    return { ...who, outcome: 'waiting', because: `pending until ${new Date(due).toISOString()}` };
  const end = await endIn(access, armed, key);
  if (end) {
    const because = end.kind === 'armed' ? 'set again before it was due' : 'cancelled before it was due';
    return { ...who, outcome: 'late', because, row: placeOf(end) };
  }
  return {
    ...who,
    outcome: closed ? 'late' : 'untold',
    because: closed ? 'its saga was closed before it was due' : 'no row says what became of it',
  };
}

/** The row that cancelled it or set it again. */
async function endIn({ store }: LogAccess, { row, type }: ParsedRow, key: string): Promise<ParsedRow | undefined> {
  for (let from = row.version + 1; ;) {
    const rows = await store.read(row.stream, from, PAGE);
    for (const one of rows) {
      const parsed = parseRow(one);
      if ((parsed.kind === 'cancelled' || parsed.kind === 'armed') && parsed.type === type && parsed.meta.key === key) return parsed;
    }
    const last = rows.at(-1);
    if (!last || rows.length < PAGE) return undefined;
    from = last.version + 1;
  }
}
