import { load } from '@waybill/core';
import type { ActorDefinition } from '@waybill/core';
import { lineOf } from '../audit/line';
import type { Line } from '../audit/line';
import type { Explaining } from './actors';
import type { Told } from './explanation';
import { endingOf, placeOf } from './words';

const PAGE = 1_000;

/** What became of a deadline: it fired, was taken back, set anew, or is pending. */
export async function toldOfDeadline(
  explaining: Explaining,
  definition: ActorDefinition,
  armed: Line,
  traces: readonly Line[],
): Promise<Told> {
  const who = { consumer: definition.name, kind: 'saga', stream: armed.row.stream } as const;
  const { key = '', due = 0 } = armed.meta;
  const ending = endingOf(traces.filter(({ row }) => row.stream === armed.row.stream));
  if (ending) return { ...who, ...ending, because: `fired: ${ending.because}` };
  const { dedup, closed } = await load(explaining.store, definition, armed.row.stream, explaining.runtime);
  if (dedup.isPending(armed.type, key, armed.row.version))
    return { ...who, outcome: 'waiting', because: `pending until ${new Date(due).toISOString()}` };
  const end = await endIn(explaining, armed, key);
  if (end) {
    const because = end.kind === 'armed' ? 'set anew before it was due' : 'taken back before it was due';
    return { ...who, outcome: 'late', because, row: placeOf(end) };
  }
  return {
    ...who,
    outcome: closed ? 'late' : 'untold',
    because: closed ? 'its saga was closed before it was due' : 'no row tells its end',
  };
}

/** The row that took it back or set it anew. */
async function endIn({ store }: Explaining, { row, type }: Line, key: string): Promise<Line | undefined> {
  for (let from = row.version + 1; ;) {
    const rows = await store.read(row.stream, from, PAGE);
    for (const one of rows) {
      const line = lineOf(one);
      if ((line.kind === 'cancelled' || line.kind === 'armed') && line.type === type && line.meta.key === key) return line;
    }
    const last = rows.at(-1);
    if (!last || rows.length < PAGE) return undefined;
    from = last.version + 1;
  }
}
