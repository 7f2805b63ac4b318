import type { Keys, Runtime, Store, UseClass, Views } from '@waybill/core';
import { anyPersonal, beganAt, COMMAND_SOURCE, maskContent } from '@waybill/core/internal';
import type { ActorDefinition, Definition } from '@waybill/core/internal';
import { checkName } from '@waybill/core/store-kit';
import type { Container } from 'inversify';
import type { ParsedRow } from '../audit/parsed-row';
import { definitionsToRead } from '../base/definitions';
import { personalStore } from '../personal/personal';
import { PersonalStore } from '../personal/store';
import { checkpointOf, currentName, readersOf } from '../base/readers';
import type { Reader } from '../base/readers';
import { realRuntime } from '../base/runtime';
import { explainAtActor } from './actors';
import { explainDeadline } from './deadlines';
import type { Copy, Explanation, Told } from './explanation';
import { explainAtHandler, explainAtProjection } from './other-consumers';
import { follow } from './trail';
import type { Trail } from './trail';
import { outcomeFromRows, placeOf } from './outcomes';

export interface ExplainOptions {
  readonly use: readonly UseClass[];
  readonly container?: Container;
  readonly views?: Views;
  readonly keys?: Keys;
  readonly runtime?: Runtime;
  /** Rows at or below this position are not read; default 0: the whole log is read. */
  readonly after?: number;
}

/**
 * What became of a message, from the log and the checkpoints alone, whether the app runs, has stopped, or will never run again.
 * Writes nothing. Reads the whole log once, since no log has an index of ids.
 * @param id of an event or a command, as its producer chose it, or of any row.
 * @throws WaybillError `WRITE_BAD_NAME`
 */
export async function explain(store: Store, id: string, options: ExplainOptions): Promise<Explanation> {
  const { use, container, keys, runtime = realRuntime, views, after } = options;
  const definitions = definitionsToRead(use, container);
  const opened = anyPersonal() && !(store instanceof PersonalStore) ? personalStore(store, { keys, runtime }) : store;
  return explainWith({ store: opened, definitions, views: views ?? store.views, runtime }, id, after);
}

interface ExplainContext {
  readonly store: Store;
  readonly definitions: readonly Definition[];
  readonly views: Views | undefined;
  readonly runtime: Runtime;
  /** For a running app: how far a consumer has got, which is ahead of its checkpoint. */
  readonly reachedBy?: ((consumer: string) => number | undefined) | undefined;
}

/** @throws WaybillError `WRITE_BAD_NAME` */
export async function explainWith(context: ExplainContext, id: string, after = 0): Promise<Explanation> {
  checkName('message id', id);
  const { store, definitions, runtime } = context;
  const trail = await follow(store, id, after);
  const readers = readersOf(definitions, runtime);
  const copies: Copy[] = [];
  for (const parsed of trail.copies) copies.push(await copyOf(context, readers, parsed, trail));
  for (const parsed of commandsOf(trail, id)) copies.push(commandOf(definitions, parsed, trail));
  const { caused, more, position } = trail;
  return { id, store: store.id, position, copies, caused, more };
}

async function copyOf(context: ExplainContext, readers: readonly Reader[], parsed: ParsedRow, trail: Trail): Promise<Copy> {
  const { row, type, kind, cause } = parsed;
  const { time } = row;
  const copy = { type, at: placeOf(parsed), time, content: shown(parsed), ...(kind === 'event' ? {} : { cause: cause.id }) };
  if (kind !== 'event' && kind !== 'emitted' && kind !== 'armed') return { ...copy, kind: 'row', told: [] };
  const traces = trail.traces.get(`${context.store.id}@${row.position}`) ?? [];
  const told: Told[] = [];
  if (kind === 'armed') {
    const saga = context.definitions.find(({ name, kind: what }) => what === 'saga' && row.stream.startsWith(`${name}-`));
    if (saga) told.push(await explainDeadline(context, saga as ActorDefinition, parsed, traces));
    return { ...copy, kind: 'deadline', told };
  }
  const takers = readers.filter(({ types }) => types.includes(row.type));
  for (const reader of takers) told.push(await explainAt(context, reader, parsed, traces));
  return { ...copy, kind: takers.some(({ definition }) => definition.kind === 'aggregate') ? 'command' : 'event', told };
}

async function explainAt(context: ExplainContext, reader: Reader, { row }: ParsedRow, traces: readonly ParsedRow[]): Promise<Told> {
  const { store, views } = context;
  const { definition } = reader;
  const name = await currentName(reader, views);
  const reached = context.reachedBy?.(definition.name) ?? (await (await checkpointOf(reader, store, views)).load()).position;
  if (definition.kind === 'handler') {
    const began = (await beganAt(store, definition.name)) ?? 0;
    return explainAtHandler(definition, row, traces, reached, began);
  }
  const actor: ActorDefinition = definition;
  if (actor.kind === 'projection') return explainAtProjection(actor, views, name, row, traces, reached);
  return explainAtActor(context, actor, row, traces, reached);
}

/** The rows that took in a caller's command: at most one per actor. */
function commandsOf({ traces }: Trail, id: string): readonly ParsedRow[] {
  return (traces.get(`${COMMAND_SOURCE} ${id}`) ?? []).filter(({ kind }) => kind === 'took');
}

/** Sending the same id again leaves no row: it got this answer, or with other content was refused. */
function commandOf(definitions: readonly Definition[], parsed: ParsedRow, { traces }: Trail): Copy {
  const { row, type, cause } = parsed;
  const rows = traces.get(`${COMMAND_SOURCE} ${cause.id}`) ?? [];
  const result = outcomeFromRows(rows.filter((one) => one.row.stream === row.stream));
  const consumer = definitions.find(({ name }) => row.stream.startsWith(`${name}-`))?.name ?? row.stream.split('-', 1)[0] ?? '';
  const told: Told[] = result ? [{ consumer, kind: 'aggregate', stream: row.stream, ...result }] : [];
  return { kind: 'command', type, at: undefined, time: row.time, content: shown(parsed), told };
}

function shown({ row, type }: ParsedRow): string {
  try {
    return maskContent(type, row.data);
  } catch {
    return '(not JSON)';
  }
}
