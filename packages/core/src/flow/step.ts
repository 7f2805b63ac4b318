import { Conflict, Discard, Rejected, type Meta } from '../actors/actor';
import type { ActorDefinition, OnceKey, InputHandler } from '../actors/definition';
import { WaybillError } from '../base/errors';
import type { Runtime } from '../base/runtime';
import { closingOf } from '../history/closed-keys';
import { applyEntries, type Fold } from '../history/fold';
import { settle } from '../history/settle';
import type { FirstCopy } from '../history/digest';
import type { Entry, Noted, ParkKind, Input } from '../history/rows';
import type { Message } from '../messages/message';
import { LIMITS, bytesOf } from '../store/limits';
import { fits, rowsOf } from './answer';
import type { Delivery, Failure, Release } from './delivery';
import { gate, type Verdict } from './gate';
import type { Result } from './outcome';
import { refusedBy } from './refusal';
import { settlementOf, tookOf } from './took';

/**
 * I1, I9: gate and decide for one message. It applies the rows to the fold and returns them; `batch` gathers them and
 * `commit` appends them.
 */

/** What one delivery leads to: rows to append (none for a duplicate) and its result once they are durable. */
export interface Step {
  readonly entries: readonly Entry[];
  readonly result: Result;
  /** For a conflict: the copy that was taken in first. For a command: the copy whose rows are its answer. */
  readonly first?: FirstCopy | undefined;
}

/** What a step needs: the actor's class, the runtime for digests, and the bytes that one append may hold. */
export interface DecisionContext {
  readonly definition: ActorDefinition;
  readonly runtime: Runtime;
  readonly maxWrite?: number | undefined;
}

/**
 * Gate, decide, fold: all that happens to a message at its actor, except the append. On return the fold includes the
 * step's rows, which are not durable yet.
 * @throws what the actor's method throws; the fold is then as it was.
 */
export function step(deciding: DecisionContext, fold: Fold, delivery: Delivery): Step {
  const { release } = delivery;
  if (release && release.action !== 'retry') return end(deciding, fold, delivery, release);
  const verdict = gate(deciding.definition, fold, delivery, deciding.runtime);
  switch (verdict.as) {
    case 'pass':
      return run(deciding, fold, delivery, verdict);
    case 'duplicate':
      // A release always leaves a row, unless its park is already closed.
      if (release && verdict.first) return settled(deciding, fold, delivery, `the same as version ${verdict.first.version}`, 'duplicate');
      return { entries: [], result: { kind: 'duplicate', reason: verdict.reason }, first: verdict.first };
    case 'late':
      if (release) return settled(deciding, fold, delivery, verdict.reason, 'late');
      return { entries: [], result: { kind: 'late', reason: verdict.reason } };
    case 'refused':
      return { entries: [], result: { kind: 'conflict', reason: verdict.reason }, first: verdict.first };
    case 'park': {
      const stays = release?.of !== undefined && (verdict.kind === 'behind' || !fold.dedup.line?.has(release.of));
      if (stays) return note(deciding, fold, delivery, { park: 'retried', reason: verdict.reason });
      return { ...park(deciding, fold, delivery, verdict.kind, verdict.reason, { once: verdict.once }), first: verdict.first };
    }
  }
}

const UNDER_WAY = 'another retry of it is under way';

interface ParkDetails extends Partial<Omit<Failure, 'reason'>> {
  readonly once?: OnceKey | undefined;
}

/** Parks a message as a row of the actor's own stream. */
export function park(
  { definition, runtime, maxWrite = LIMITS.write }: DecisionContext,
  fold: Fold,
  delivery: Delivery,
  kind: ParkKind,
  reason: string,
  { attempts = 0, once, stack, due, key }: ParkDetails = {},
): Step {
  const handler = definition.inputs.get(delivery.type);
  if (bytesOf(delivery.content()) > maxWrite - 32_768) delivery.useRaw();
  const entry: Entry = {
    ...{ kind: 'parked', type: delivery.type, cause: delivery.cause, content: delivery.content() },
    version: handler && delivery.message ? handler.version : 1,
    digest: delivery.digest(runtime),
    ...{ once, park: kind, reason, attempts, at: delivery.time, stack, due, key },
    ...settlementOf(delivery),
  };
  applyEntries(definition, fold, [entry]);
  return { entries: [entry], result: { kind: kind === 'conflict' ? 'conflict' : 'parked', reason } };
}

/** Leaves a row about an open park, with who resolved it and why: a retry that failed, a skip, a release elsewhere. */
export function note(
  { definition }: DecisionContext,
  fold: Fold,
  delivery: Delivery,
  what: Pick<Noted, 'park' | 'reason' | 'attempts' | 'stack' | 'due' | 'until'>,
): Step {
  const { of = -1, by = '', why = '' } = delivery.release ?? {};
  const entry: Entry = { kind: 'noted', type: delivery.type, cause: delivery.cause, content: '{}', version: 1, of, by, why, ...what };
  applyEntries(definition, fold, [entry]);
  if (what.park === 'retried') return { entries: [entry], result: { kind: 'parked', reason: what.reason } };
  return { entries: [entry], result: { kind: 'discarded', reason: `${what.park} by ${by}: ${why}` } };
}

/** What happens to an open park without running a method here. */
function end(deciding: DecisionContext, fold: Fold, delivery: Delivery, { action, of = -1, until, failure }: Release): Step {
  if (!fold.dedup.isOpen(of)) return { entries: [], result: { kind: 'duplicate', reason: 'released before' } };
  if (action === 'fail') return note(deciding, fold, delivery, { park: 'retried', ...failure });
  if (action === 'claim') {
    if (fold.dedup.isClaimed(of, deciding.runtime.now())) return { entries: [], result: { kind: 'duplicate', reason: UNDER_WAY } };
    return note(deciding, fold, delivery, { park: 'retried', reason: 'begun', until });
  }
  return note(deciding, fold, delivery, { park: action === 'skip' ? 'skipped' : 'released' });
}

/** Takes the message in without running a method: the row says why, and settles the park or the deadline. */
function settled(deciding: DecisionContext, fold: Fold, delivery: Delivery, reason: string, kind: Result['kind']): Step {
  const handler = deciding.definition.inputs.get(delivery.type);
  const version = handler?.version ?? 1;
  return taken(
    deciding.definition,
    fold,
    { ...tookOf(deciding.runtime, delivery, version, undefined), discarded: reason },
    { kind, reason },
  );
}

function run(deciding: DecisionContext, fold: Fold, delivery: Delivery, { handler, once, late }: Extract<Verdict, { as: 'pass' }>): Step {
  if (fold.newer) throw fold.newer.error;
  if (fold.broken !== undefined) throw fold.broken;
  const { failure } = delivery;
  if (failure) return park(deciding, fold, delivery, 'failed', failure.reason, { ...failure, once });
  const { definition } = deciding;
  const { cause, type } = delivery;
  const took = tookOf(deciding.runtime, delivery, handler.version, once);
  if (late !== undefined && handler.deadline) return settled(deciding, fold, delivery, late, 'late');
  if (deciding.runtime.development) settle(definition, fold.state, undefined, true);
  const meta: Meta = { id: cause.id, time: delivery.time, position: cause.position };
  const method = late === undefined ? handler.decide : (handler.late as InputHandler['decide']);
  let decision: unknown;
  let refusal: Rejected | Conflict | undefined;
  try {
    decision = method(delivery.message as Message, fold.state, meta);
  } catch (error) {
    if (definition.kind !== 'aggregate' || !(error instanceof Rejected)) throw error;
    refusal = error;
  }
  if (decision instanceof Conflict) {
    if (definition.kind !== 'aggregate') return park(deciding, fold, delivery, 'conflict', decision.reason, { once });
    refusal = decision;
  }
  if (refusal) {
    const { reason } = refusal;
    const entries = refusedBy(definition, delivery, took, reason);
    include(deciding, fold, entries, type);
    return { entries, result: { kind: 'discarded', reason, refused: true } };
  }
  if (decision instanceof Discard) {
    const { reason } = decision;
    return taken(definition, fold, { ...took, discarded: reason }, { kind: 'discarded', reason, events: [] });
  }
  const { entries: decidedOn, events, closes } = rowsOf(definition, fold, delivery, decision);
  const entries: Entry[] = [late === undefined ? took : { ...took, late: true }, ...decidedOn];
  include(deciding, fold, entries, type);
  if (closes) {
    const closing: Entry = { kind: 'closed', type: '', cause, content: closingOf(fold.dedup), version: 1 };
    applyEntries(definition, fold, [closing]);
    entries.push(closing);
  }
  return { entries, result: { kind: 'applied', events } };
}

function taken(definition: ActorDefinition, fold: Fold, entry: Input, result: Result): Step {
  applyEntries(definition, fold, [entry]);
  return { entries: [entry], result };
}

/** One append must hold all rows of a message (I6). @throws WaybillError `DECISION_TOO_LARGE` */
function include(
  { definition, runtime, maxWrite = LIMITS.write }: DecisionContext,
  fold: Fold,
  entries: readonly Entry[],
  type: string,
): void {
  if (fits(entries, maxWrite)) return applyEntries(definition, fold, entries, runtime.development === true);
  throw new WaybillError(
    'DECISION_TOO_LARGE',
    `@Handles(${type}) of "${definition.name}": the message and the rows that it leads to exceed the ${maxWrite} bytes of one append`,
    'emit less at once',
  );
}
