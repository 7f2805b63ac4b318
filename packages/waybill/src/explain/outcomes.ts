import type { ParsedRow } from '../audit/parsed-row';
import type { RowPlace, Told, Word } from './explanation';

export function placeOf({ row: { stream, version, position } }: ParsedRow): RowPlace {
  return { stream, version, position };
}

type OutcomeFromRows = Pick<Told, 'outcome' | 'row' | 'because' | 'reason' | 'attempts' | 'words'>;

/** What became of a message, from the rows about it, oldest first. Undefined if there are none. */
export function outcomeFromRows(rows: readonly ParsedRow[]): OutcomeFromRows | undefined {
  const inputs = rows.filter(({ kind }) => kind === 'took' || kind === 'parked' || kind === 'noted');
  const [first] = inputs.filter(({ kind }) => kind !== 'noted');
  if (!first) return undefined;
  const words = inputs.filter((parsed) => parsed !== first).map(wordOf);
  // What an operator did, except for a retry that failed, decides what became of the parked message.
  const last = inputs.filter((parsed) => parsed === first || parsed.meta.park !== 'retried').at(-1) as ParsedRow;
  const result = {
    ...outcomeOfRow(last.meta.park === 'released' ? (inputs.filter(({ kind }) => kind !== 'noted').at(-1) as ParsedRow) : last),
  };
  return words.length > 0 ? { ...result, words } : result;
}

function outcomeOfRow(parsed: ParsedRow): OutcomeFromRows {
  const { kind, meta } = parsed;
  const row = placeOf(parsed);
  const { reason, attempts, park } = meta;
  if (kind === 'noted') return { outcome: 'discarded', row, because: `skipped by ${meta.by}`, reason: meta.why };
  if (kind === 'parked') {
    const outcome = park === 'conflict' ? 'conflict' : 'parked';
    return { outcome, row, because: PARKS[park as keyof typeof PARKS], reason, ...(attempts ? { attempts } : {}) };
  }
  if (meta.refused !== undefined) {
    const because = meta.told ? 'its method refused it, and the next row tells so' : 'its method refused it';
    return { outcome: 'discarded', row, because, reason: meta.refused };
  }
  if (meta.discarded !== undefined) return { outcome: 'discarded', row, because: 'taken in without effect', reason: meta.discarded };
  return { outcome: 'applied', row, because: meta.late === true ? 'taken in by @HandlesLate: it came too late' : 'taken in' };
}

const PARKS = {
  failed: 'its method failed',
  behind: 'it is queued after a parked message',
  conflict: 'it contradicts what was taken in before',
  late: 'it came too late',
  invalid: 'it cannot be read',
} as const;

function wordOf(parsed: ParsedRow): Word {
  const { kind, meta, row } = parsed;
  const { by = '', why = '', reason = meta.discarded } = meta;
  const what = kind === 'noted' ? (meta.park as Word['what']) : kind === 'took' ? 'released' : 'parked again';
  return { what, by, why, time: row.time, at: placeOf(parsed), ...(reason === undefined ? {} : { reason }) };
}
