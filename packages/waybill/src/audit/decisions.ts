import { Conflict, rowsOf, Delivery, Discard, Rejected } from '@waybill/core';
import type { ActorDefinition, Entry, Fold, Meta } from '@waybill/core';
import { messageOf } from './content';
import type { Line } from './line';
import { Found } from './violation';

/** A row that a decision asks for. */
export interface Wanted {
  readonly kind: Line['kind'];
  readonly type: string;
  readonly content: string | undefined;
  readonly version?: number | undefined;
  readonly key?: string | undefined;
  readonly due?: number | undefined;
}

/**
 * The rows that today's code asks for where a message was taken in; undefined where it cannot tell: its method throws, looks
 * at a time that the log does not hold, or writes in another form. @throws Found `I3`
 */
export function wantedOf(definition: ActorDefinition, fold: Fold, line: Line, time: number | undefined): readonly Wanted[] | undefined {
  const { meta, row, type, cause } = line;
  const taking = definition.takings.get(type);
  const method = meta.late === true ? taking?.late : taking?.decide;
  const message = taking && messageOf(taking.message, line);
  // What was settled without a method led to nothing of its own.
  const settled = meta.discarded !== undefined && (taking?.deadline === true || meta.by !== undefined);
  if (!method || !message || fold.broken !== undefined || settled || row.erased) return undefined;
  const told: Told = { time, asked: false };
  const decision = run(() => method(message, fold.state, metaOf(cause, told)));
  if (decision === FAILED || (told.asked && time === undefined)) return undefined;
  const ending = decision instanceof Rejected || (decision instanceof Conflict && definition.kind === 'aggregate');
  if (ending || decision instanceof Discard) {
    const { reason } = decision as Discard | Rejected;
    if ((ending ? meta.refused : meta.discarded) === reason) return [];
    throw new Found('I3', `its method ${ending ? 'refuses' : 'discards'} the ${type} ("${reason}"), and the row says otherwise`, row);
  }
  if (decision instanceof Conflict)
    throw new Found('I3', `its method finds a conflict in the ${type} ("${decision.reason}"), and it was taken in`, row);
  if (meta.refused !== undefined || meta.discarded !== undefined)
    throw new Found('I3', `its method takes the ${type} in, and the row says that it led to nothing`, row);
  return rowsWanted(definition, fold, line, time ?? row.time, decision);
}

interface Told {
  readonly time: number | undefined;
  asked: boolean;
}
const FAILED: unique symbol = Symbol('failed');

/** A refusal is an answer; any other error tells nothing of the log. */
function run(method: () => unknown): unknown {
  try {
    return method();
  } catch (error) {
    return error instanceof Rejected ? error : FAILED;
  }
}

function metaOf({ id, position }: Line['cause'], told: Told): Meta {
  return {
    id,
    position,
    get time() {
      told.asked = true;
      return told.time ?? 0;
    },
  };
}

function rowsWanted(definition: ActorDefinition, fold: Fold, line: Line, time: number, decision: unknown): readonly Wanted[] | undefined {
  const { cause, row, type } = line;
  const nobody = { done: () => undefined, failed: () => undefined };
  const { stream, data: raw } = row;
  const delivery = Delivery.fromLog({ type, stream, cause, time, message: undefined, invalid: undefined, raw, receiver: nobody });
  try {
    const { entries, closes } = rowsOf(definition, fold, delivery, decision);
    const wanted = entries.map(wantedBy);
    return closes ? [...wanted, { kind: 'closed', type: '', content: undefined }] : wanted;
  } catch {
    return undefined;
  }
}

function wantedBy(entry: Entry): Wanted {
  const { kind, type, content, version } = entry;
  if (kind === 'armed') return { kind, type, content, version, key: entry.key, due: entry.due };
  if (kind === 'cancelled') return { kind, type, content: undefined, key: entry.key };
  return { kind: 'emitted', type, content, version };
}

/** @throws Found `I3`, `I6` */
export function holdWanted(wanted: readonly Wanted[], at: number, line: Line): void {
  const { kind, type, row, meta } = line;
  const next = wanted[at];
  const isEffect = kind === 'emitted' || kind === 'armed' || kind === 'cancelled' || kind === 'closed';
  if (!isEffect) {
    if (next) throw new Found('I6', `the ${inWords(next)} that the message before it leads to is missing`, row);
    return;
  }
  const what = inWords({ kind, type });
  if (!next) throw new Found('I3', `its cause does not lead to the ${what}`, row);
  if (next.kind !== kind || (kind !== 'closed' && next.type !== type))
    throw new Found('I3', `its cause leads to the ${inWords(next)}, not to the ${what}`, row);
  const comparable = next.content !== undefined && next.version === (meta.v ?? 1) && !row.erased;
  if (comparable && next.content !== row.data) throw new Found('I3', `its cause leads to another content of the ${what}`, row);
  if (next.key !== undefined && (next.key !== meta.key || (next.due ?? meta.due) !== meta.due))
    throw new Found('I3', `its cause sets the ${what} under another key, or for another time`, row);
}

export function inWords({ kind, type }: Pick<Wanted, 'kind' | 'type'>): string {
  return kind === 'closed' ? 'closing row' : kind === 'emitted' ? type : `deadline ${type}`;
}
