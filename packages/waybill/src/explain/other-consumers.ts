import type { AnyMessageClass, Recorded, Views } from '@waybill/core';
import { answerStream, attemptStream, readMessage, streamOf } from '@waybill/core/internal';
import type { ActorDefinition, HandlerDefinition } from '@waybill/core/internal';
import { describe } from '@waybill/core/store-kit';
import type { ParsedRow } from '../audit/parsed-row';
import type { Told } from './explanation';
import { outcomeFromRows, placeOf } from './outcomes';

/** What became of an event at a handler. Calls that may be repeated leave no row. */
export function explainAtHandler(
  { name, delivery }: HandlerDefinition,
  row: Recorded,
  traces: readonly ParsedRow[],
  reached: number,
  /** Where a handler from now on began. */
  began: number,
): Told {
  const who = { consumer: name, kind: 'handler' } as const;
  const parked = outcomeFromRows(traces.filter(({ row: { stream } }) => stream === `${name}:parked-${row.position}`));
  if (parked) return { ...who, ...released({ ...parked, because: 'its call failed, or it cannot be read' }) };
  const answer = traces.find(({ row: { stream } }) => stream === answerStream(name, row.position));
  if (answer) return { ...who, outcome: 'applied', row: placeOf(answer), because: 'called, and its answer is in the log' };
  const attempt = traces.find(({ row: { stream } }) => stream === attemptStream(name, row.position));
  if (attempt) return { ...who, outcome: 'applied', row: placeOf(attempt), because: 'its one attempt was begun, and there is no other' };
  if (row.position <= began)
    return { ...who, outcome: 'none', because: 'it was in the log before this handler first started, from now on' };
  if (row.position > reached) return { ...who, outcome: 'waiting', because: 'not called yet, or a crash may have interrupted the call' };
  if (delivery === 'at-most-once') return { ...who, outcome: 'untold', because: 'no attempt is in the log: run the audit' };
  return { ...who, outcome: 'applied', because: 'called at least once, which leaves no row; the checkpoint has passed it' };
}

/** The release of a parked event also delivered or folded it. */
function released(result: NonNullable<ReturnType<typeof outcomeFromRows>>): Omit<Told, 'consumer' | 'kind'> {
  const last = result.words?.filter(({ what }) => what !== 'retried').at(-1);
  if (last?.what === 'released') return { ...result, outcome: 'applied', row: last.at, because: `released by ${last.by}` };
  return last?.what === 'skipped' ? { ...result, because: `skipped by ${last.by}` } : result;
}

/** What became of an event at a projection; `view` is the current one. */
export async function explainAtProjection(
  definition: ActorDefinition,
  views: Views | undefined,
  view: string,
  row: Recorded,
  traces: readonly ParsedRow[],
  reached: number,
): Promise<Told> {
  const who = { consumer: definition.name, kind: 'projection' } as const;
  const parked = outcomeFromRows(
    traces.filter(({ row: { stream } }) => stream.startsWith(`${view}:row-`) || stream.startsWith(`${view}:parked-`)),
  );
  if (parked) return { ...who, ...released(parked) };
  const { message, invalid, newer } = readMessage(definition.folds.get(row.type)?.message as AnyMessageClass, row);
  const waiting = row.position > reached;
  let key: string | undefined;
  try {
    key = message && streamOf(definition, message)?.slice(definition.name.length + 1);
  } catch (error) {
    return {
      ...who,
      outcome: waiting ? 'waiting' : 'untold',
      because: 'it has no key',
      reason: describe(error),
    };
  }
  if (key === undefined) {
    if (newer) return { ...who, outcome: waiting ? 'waiting' : 'untold', because: 'only newer code can read it', reason: invalid };
    if (invalid === undefined) return { ...who, outcome: 'none', because: 'key() names no row for it' };
    return { ...who, outcome: waiting ? 'waiting' : 'untold', because: 'it cannot be read', reason: invalid };
  }
  const [stored] = (await views?.load(view, [key])) ?? [];
  const stream = `${definition.name}-${key}`;
  if (stored && stored.position >= row.position)
    return { ...who, outcome: 'applied', stream, because: `folded: the row ${JSON.stringify(key)} is at position ${stored.position}` };
  if (waiting) return { ...who, outcome: 'waiting', stream, because: 'not folded yet' };
  return { ...who, outcome: 'untold', stream, because: `the row ${JSON.stringify(key)} does not include it` };
}
