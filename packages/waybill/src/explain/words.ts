import type { Line } from '../audit/line';
import type { RowPlace, Told, Word } from './explanation';

export function placeOf({ row: { stream, version, position } }: Line): RowPlace {
  return { stream, version, position };
}

type Ending = Pick<Told, 'outcome' | 'row' | 'because' | 'reason' | 'attempts' | 'words'>;

/** What the rows that speak of one message say became of it, the last of them last. Undefined where none does. */
export function endingOf(rows: readonly Line[]): Ending | undefined {
  const inputs = rows.filter(({ kind }) => kind === 'took' || kind === 'parked' || kind === 'noted');
  const [first] = inputs.filter(({ kind }) => kind !== 'noted');
  if (!first) return undefined;
  const words = inputs.filter((line) => line !== first).map(wordOf);
  // A word of an operator, but for a retry that failed, is the end of what was parked before it.
  const last = inputs.filter((line) => line === first || line.meta.park !== 'retried').at(-1) as Line;
  const ending = { ...told(last.meta.park === 'released' ? (inputs.filter(({ kind }) => kind !== 'noted').at(-1) as Line) : last) };
  return words.length > 0 ? { ...ending, words } : ending;
}

function told(line: Line): Ending {
  const { kind, meta } = line;
  const row = placeOf(line);
  const { reason, attempts, park } = meta;
  if (kind === 'noted') return { outcome: 'discarded', row, because: `skipped by ${meta.by}`, reason: meta.why };
  if (kind === 'parked') {
    const outcome = park === 'conflict' ? 'conflict' : 'parked';
    return { outcome, row, because: PARKS[park as keyof typeof PARKS], reason, ...(attempts ? { attempts } : {}) };
  }
  if (meta.refused !== undefined) return { outcome: 'discarded', row, because: 'its method refused it', reason: meta.refused };
  if (meta.discarded !== undefined) return { outcome: 'discarded', row, because: 'taken in without effect', reason: meta.discarded };
  return { outcome: 'applied', row, because: meta.late === true ? 'taken in by the method for what comes too late' : 'taken in' };
}

const PARKS = {
  failed: 'its method failed',
  behind: 'it stands behind another one',
  conflict: 'it contradicts what was taken in',
  late: 'it came too late',
  invalid: 'it cannot be read',
} as const;

function wordOf(line: Line): Word {
  const { kind, meta, row } = line;
  const { by = '', why = '', reason = meta.discarded } = meta;
  const what = kind === 'noted' ? (meta.park as Word['what']) : kind === 'took' ? 'released' : 'parked again';
  return { what, by, why, time: row.time, at: placeOf(line), ...(reason === undefined ? {} : { reason }) };
}
