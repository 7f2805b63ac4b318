import { anyPersonal, checkName, COMMAND_SOURCE, maskContent } from '@waybill/core';
import type { ActorDefinition, Definition, Keys, Runtime, Store, UseClass, Views } from '@waybill/core';
import type { Container } from 'inversify';
import type { Line } from '../audit/line';
import { definitionsOf } from '../base/definitions';
import { personalStore } from '../personal/personal';
import { PersonalStore } from '../personal/store';
import { currentName, readersOf } from '../base/readers';
import type { Reader } from '../base/readers';
import { realRuntime } from '../base/runtime';
import { toldByActor } from './actors';
import { toldOfDeadline } from './deadlines';
import type { Copy, Explanation, Told } from './explanation';
import { toldByHandler, toldByProjection } from './others';
import { follow } from './trail';
import type { Trail } from './trail';
import { endingOf, placeOf } from './words';

export interface ExplainOptions {
  readonly use: readonly UseClass[];
  readonly container?: Container;
  readonly views?: Views;
  readonly keys?: Keys;
  readonly runtime?: Runtime;
  /** Rows at or below this position are not looked at; default 0: the whole log is read. */
  readonly after?: number;
}

/**
 * What became of a message, from the log and the checkpoints alone: of an app that runs, one that has stopped, or one that
 * never will again. Writes nothing. Reads the whole log once, as no log has an index of ids.
 * @param id of an event or a command as its producer chose it, or of any row.
 * @throws WaybillError `WRITE_BAD_NAME`
 */
export async function explain(store: Store, id: string, options: ExplainOptions): Promise<Explanation> {
  const { use, container, keys, runtime = realRuntime, views, after } = options;
  const definitions = definitionsOf(use, container);
  const opened = anyPersonal() && !(store instanceof PersonalStore) ? personalStore(store, { keys, runtime }) : store;
  return explainWith({ store: opened, definitions, views: views ?? store.views, runtime }, id, after);
}

export interface Scene {
  readonly store: Store;
  readonly definitions: readonly Definition[];
  readonly views: Views | undefined;
  readonly runtime: Runtime;
  /** Of an app that runs: where a consumer stands, ahead of its checkpoint. */
  readonly lowOf?: ((consumer: string) => number | undefined) | undefined;
}

/** @throws WaybillError `WRITE_BAD_NAME` */
export async function explainWith(scene: Scene, id: string, after = 0): Promise<Explanation> {
  checkName('message id', id);
  const { store, definitions, runtime } = scene;
  const trail = await follow(store, id, after);
  const readers = readersOf(definitions, runtime);
  const copies: Copy[] = [];
  for (const line of trail.copies) copies.push(await copyOf(scene, readers, line, trail));
  for (const line of commandsOf(trail, id)) copies.push(commandOf(definitions, line, trail));
  const { caused, more, position } = trail;
  return { id, store: store.id, position, copies, caused, more };
}

async function copyOf(scene: Scene, readers: readonly Reader[], line: Line, trail: Trail): Promise<Copy> {
  const { row, type, kind, cause } = line;
  const { time } = row;
  const copy = { type, at: placeOf(line), time, content: shown(line), ...(kind === 'event' ? {} : { cause: cause.id }) };
  if (kind !== 'event' && kind !== 'emitted' && kind !== 'armed') return { ...copy, kind: 'row', told: [] };
  const traces = trail.traces.get(`${scene.store.id}@${row.position}`) ?? [];
  const told: Told[] = [];
  if (kind === 'armed') {
    const saga = scene.definitions.find(({ name, kind: what }) => what === 'saga' && row.stream.startsWith(`${name}-`));
    if (saga) told.push(await toldOfDeadline(scene, saga as ActorDefinition, line, traces));
    return { ...copy, kind: 'deadline', told };
  }
  const takers = readers.filter(({ types }) => types.includes(row.type));
  for (const reader of takers) told.push(await toldBy(scene, reader, line, traces));
  return { ...copy, kind: takers.some(({ definition }) => definition.kind === 'aggregate') ? 'command' : 'event', told };
}

async function toldBy(scene: Scene, reader: Reader, { row }: Line, traces: readonly Line[]): Promise<Told> {
  const { store, views } = scene;
  const { definition } = reader;
  const name = await currentName(reader, views);
  const low = scene.lowOf?.(definition.name) ?? (await store.checkpoint(name).load()).position;
  if (definition.kind === 'handler') return toldByHandler(definition, row, traces, low);
  const actor: ActorDefinition = definition;
  if (actor.kind === 'projection') return toldByProjection(actor, views, name, row, traces, low);
  return toldByActor(scene, actor, row, traces, low);
}

/** The rows that took in a command of a caller: at most one per actor. */
function commandsOf({ traces }: Trail, id: string): readonly Line[] {
  return (traces.get(`${COMMAND_SOURCE} ${id}`) ?? []).filter(({ kind }) => kind === 'took');
}

/** A repeated send of the same id leaves no row: it was given this answer; with other content it was refused. */
function commandOf(definitions: readonly Definition[], line: Line, { traces }: Trail): Copy {
  const { row, type, cause } = line;
  const rows = traces.get(`${COMMAND_SOURCE} ${cause.id}`) ?? [];
  const ending = endingOf(rows.filter((one) => one.row.stream === row.stream));
  const consumer = definitions.find(({ name }) => row.stream.startsWith(`${name}-`))?.name ?? row.stream.split('-', 1)[0] ?? '';
  const told: Told[] = ending ? [{ consumer, kind: 'aggregate', stream: row.stream, ...ending }] : [];
  return { kind: 'command', type, at: undefined, time: row.time, content: shown(line), told };
}

function shown({ row, type }: Line): string {
  try {
    return maskContent(type, row.data);
  } catch {
    return '(not JSON)';
  }
}
