/**
 * I5, I6: a row takes the events of its key in order, each once, by position; what it cannot fold is parked before its position
 * passes it. This file plans one row's write; `worker` reads and writes the rows, `park-streams` holds what is parked.
 */

import type { ActorDefinition } from '../actors/definition';
import { MAX_BYTES, canonical } from '../base/canonical-json';
import { show } from '../base/errors';
import type { Delivery } from '../flow/delivery';
import type { Result } from '../flow/outcome';
import type { Message } from '../messages/message';
import { bytesOf } from '../store/limits';
import type { ViewWrite } from '../store/port';
import type { Line, ParkStreams } from './park-streams';
import { blockedText, unreadable, type Blockage, type RowState } from './row';

/** What one batch does to one row: a write, and the results of its events once that write holds. */
export interface RowPlan {
  readonly state: RowState;
  readonly deliveries: readonly Delivery[];
  /** Of the deliveries, in order; the remaining ones are folded again. */
  readonly results: readonly Result[];
  readonly write: ViewWrite | undefined;
  /** The first delivery without a result must be parked, and those after it too: it threw this error, or is queued after one that threw. */
  readonly stuck: { readonly error: unknown } | undefined;
}

/** The row after one more event; undefined once it is deleted. @throws what the fold throws */
export function foldRow(definition: ActorDefinition, row: string | undefined, type: string, message: Message): string | undefined {
  return textOf(foldState(definition, stateOf(definition, row), type, message));
}

export function foldState({ folds }: ActorDefinition, state: unknown, type: string, message: Message): unknown {
  return folds.get(type)?.fold(message, state);
}

export function stateOf(definition: ActorDefinition, row: string | undefined): unknown {
  if (row === undefined) return definition.initial();
  try {
    return JSON.parse(row);
  } catch {
    throw unreadable(`a row of "${definition.name}"`);
  }
}

/** The row of a state. @throws WaybillError `CONTENT_…` */
export function textOf(state: unknown): string | undefined {
  return state === undefined ? undefined : canonical(state);
}

/** A row that holds more of what it may hold is told of. */
const LARGE = 0.8 * MAX_BYTES;

/** Says when a row becomes so large that an event soon may not fit any more. */
function applied(key: string, before = '', after = ''): Result {
  if (after.length * 3 <= LARGE || bytesOf(after) <= LARGE || bytesOf(before) > LARGE) return { kind: 'applied' };
  return { kind: 'applied', reason: `the row ${show(key)} has ${bytesOf(after)} bytes of the ${MAX_BYTES} that a row may hold` };
}

/** Folds up to the first event that throws. That one is stuck once every event before it is written. */
export function planRow(definition: ActorDefinition, state: RowState, deliveries: readonly Delivery[]): RowPlan {
  const { key, blockage, position: expected } = state;
  const known = blockage?.last ?? expected;
  const results: Result[] = [];
  let { row, position } = state;
  let stuck: RowPlan['stuck'];
  for (const { cause, type, message, invalid } of deliveries) {
    if (cause.position <= known) {
      results.push({ kind: 'duplicate' });
      continue;
    }
    if (blockage) return { state, deliveries, results, write: undefined, stuck: { error: undefined } };
    let next: string | undefined;
    try {
      if (!message) throw new Error(invalid);
      next = foldRow(definition, row, type, message);
    } catch (error) {
      stuck = { error };
      break;
    }
    position = cause.position;
    results.push(applied(key, row, next));
    row = next;
  }
  if (position === expected) return { state, deliveries, results, write: undefined, stuck };
  return { state, deliveries, results, write: { key, row, position, expected }, stuck: undefined };
}

/** Parks what a row cannot fold; durable when it resolves, so the row's position may then move past it. */
export async function parkStuck(definition: ActorDefinition, parks: ParkStreams, plan: RowPlan): Promise<RowPlan> {
  const { state, deliveries, results } = plan;
  const { key, row, blockage, position: expected } = state;
  const from = blockage?.from ?? expected;
  const stream = parks.streamOf(key);
  const waiting = deliveries.slice(results.length);
  for (let line = blockage ? knownLine(stream, state, blockage) : await parks.line(stream, from); ; line = await parks.line(stream, from)) {
    const first = blockage?.head ?? [...line.parked.keys()][0];
    const head = first ?? (line.version === 'none' ? 0 : line.version + 1);
    const queued = `behind the parked message at version ${head}`;
    const known = waiting.filter(({ cause }) => cause.position <= line.last).length;
    const entries = parks.fitting(
      waiting.slice(known).map((delivery, i) => {
        const failed = first === undefined && i === 0;
        return parks.parked(delivery, failed ? 'failed' : 'behind', failed ? plan.stuck?.error : queued, definition);
      }),
    );
    const end = entries.length === 0 ? line : await parks.append(line, entries);
    if (!end) continue;
    const last = entries.at(-1)?.cause.position ?? line.last;
    const blocked = blockedText({ from, last, head, version: end.version as number, skipped: blockage?.skipped });
    // All of them are reported here: the process that parked the known ones may have died.
    const parked = Array.from({ length: known + entries.length }, (_, i): Result => ({
      kind: 'parked',
      reason: entries[i - known]?.reason ?? queued,
    }));
    return { ...plan, results: [...results, ...parked], write: { key, row, blocked, position: end.position, expected } };
  }
}

/** What the row itself says about its park stream: enough if nothing was appended to that since. */
function knownLine(stream: string, { position }: RowState, { last, version }: Blockage): Line {
  return { stream, version, position, parked: new Map(), last, noted: new Set() };
}
