import type { Fold } from '../history/fold';
import type { Newer } from '../history/newer';
import type { Entry } from '../history/rows';
import { LIMITS } from '../store/limits';
import type { Expected, Write } from '../store/port';
import { fits, isPermanent, reasonOf, sizeOf } from './answer';
import type { Delivery } from './delivery';
import { gate, type Verdict } from './gate';
import type { Work } from './mailbox';
import { waitAfter } from './retry';
import { note, park, step, type DecisionContext, type Step } from './step';

/**
 * I5, I6: decides the messages of one actor in order and gathers their rows into one write. `step` decides a single
 * message; `flow` commits the write and ends the deliveries.
 */

/** What one turn decided for one actor: one write, and how each message ends once that write is durable. */
export interface Plan {
  readonly work: Work;
  /** Includes `entries`, which are not durable yet. */
  readonly fold: Fold;
  readonly expected: Expected;
  readonly entries: Entry[];
  readonly steps: { readonly delivery: Delivery; readonly step: Step; /** Where its rows begin. */ readonly at: number }[];
  /** Commands whose method threw: their callers get the error once the rows that it may have read are durable. */
  readonly refused: { readonly delivery: Delivery; readonly error: unknown }[];
  /** Messages for a later turn. */
  rest: readonly Delivery[];
  /** The method of the first message of `rest` has thrown: it waits before it runs again. */
  thrown: boolean;
  /** The fold includes more than `entries`, or a method that threw may have changed it: it is not kept. */
  tainted: boolean;
  /** Why the messages of `rest` wait for newer code. */
  readonly newer: Newer | undefined;
  /** Characters of rows so far. */
  size: number;
}

/** A write with more characters of rows takes no further message: it would only keep the next write waiting. */
const WRITE_CHARS = 250_000;

export interface BatchContext extends DecisionContext {
  /** How often a method may throw on one message before it is parked. */
  readonly attempts: number;
  /** True when the consumer's window is full: then a failing message is set aside, and tried again by itself when it is due. */
  readonly windowFull: () => boolean;
}

/**
 * Decides an actor's batch in order. Nothing after a message whose method threw is decided before it is done or parked (I5).
 * `fresh`: the fold was loaded for this batch, so what it says needs no second look.
 */
export function planOf(planning: BatchContext, work: Work, fold: Fold, fresh = false): Plan {
  const plan: Plan = {
    work,
    fold,
    expected: fold.version,
    entries: [],
    steps: [],
    refused: [],
    rest: [],
    thrown: false,
    tainted: false,
    newer: fold.newer,
    size: 0,
  };
  const { items } = work;
  if (fold.newer) return yielding(planning, plan, items, fold.newer);
  for (let i = 0; i < items.length; i++) {
    const delivery = items[i] as Delivery;
    if (plan.size > WRITE_CHARS) {
      plan.rest = items.slice(i);
      break;
    }
    const taken = stepOf(planning, plan, delivery, fresh);
    if (taken === 'again' || taken === 'refused') {
      plan.rest = items.slice(taken === 'again' ? i : i + 1);
      break;
    }
    if (!addStep(planning, plan, delivery, taken)) {
      plan.tainted = true;
      plan.rest = items.slice(i);
      break;
    }
  }
  return plan;
}

/** Of an actor that only newer code can read: what that code has finished is done, all else waits, and nothing is written. Who asks is told. */
function yielding({ definition, runtime }: BatchContext, plan: Plan, items: readonly Delivery[], { error }: Newer): Plan {
  const rest: Delivery[] = [];
  for (const delivery of items) {
    const verdict = delivery.release ? undefined : gate(definition, plan.fold, delivery, runtime);
    const isOver = verdict?.as === 'duplicate' || (verdict?.as === 'late' && delivery.origin.kind === 'deadline');
    if (isOver) plan.steps.push({ delivery, step: stepWithoutRows(verdict), at: 0 });
    else if (delivery.isCommand || delivery.release) plan.refused.push({ delivery, error });
    else rest.push(delivery);
  }
  plan.rest = rest;
  return plan;
}

/** What the gate drops leaves no row. */
function stepWithoutRows(verdict: Extract<Verdict, { as: 'duplicate' | 'late' }>): Step {
  const first = verdict.as === 'duplicate' ? verdict.first : undefined;
  return { entries: [], result: { kind: verdict.as, reason: verdict.reason }, first };
}

/** 'again': the message goes to a later turn; 'refused': its caller gets the error. */
function stepOf(planning: BatchContext, plan: Plan, delivery: Delivery, fresh: boolean): Step | 'again' | 'refused' {
  const { fold } = plan;
  try {
    return step(planning, fold, delivery);
  } catch (error) {
    plan.tainted = true;
    delivery.error = error;
    const attempts = delivery.attempts + 1;
    const { reason, stack } = reasonOf(error);
    if (delivery.isCommand) {
      // Its caller gets an error only once a freshly loaded state confirms it.
      if (delivery.attempts++ === 0 && !fresh) return 'again';
      plan.refused.push({ delivery, error });
      return 'refused';
    }
    const { release } = delivery;
    const again = attempts < planning.attempts && !isPermanent(error);
    const due = (): number => planning.runtime.now() + waitAfter(planning.runtime, planning.definition.options.retry, attempts);
    if (release?.of !== undefined) {
      return note(planning, fold, delivery, {
        park: 'retried',
        reason,
        stack,
        attempts,
        due: again && release.automatic ? due() : undefined,
      });
    }
    if (again && !planning.windowFull()) {
      plan.thrown = true;
      return 'again';
    }
    // It does not throw here: the gate computed it before the method ran.
    const once = delivery.message && planning.definition.inputs.get(delivery.type)?.once?.(delivery.message);
    return park(planning, fold, delivery, 'failed', reason, { attempts, once, stack, due: again ? due() : undefined });
  }
}

/** False when the append has no room left for it. The first message always fits: its decision was checked against the same limit. */
function addStep({ maxWrite = LIMITS.write }: BatchContext, plan: Plan, delivery: Delivery, taken: Step): boolean {
  let size = 0;
  for (const entry of taken.entries) size += sizeOf(entry);
  const isSmall = plan.entries.length === 0 || (plan.size + size) * 3 <= maxWrite;
  if (!isSmall && !fits([...plan.entries, ...taken.entries], maxWrite)) return false;
  plan.steps.push({ delivery, step: taken, at: plan.entries.length });
  for (const entry of taken.entries) plan.entries.push(entry);
  plan.size += size;
  return true;
}

/** It is unknown whether this plan's write was stored: each message remembers the row that would prove it. */
export function markUnconfirmed(plan: Plan, write: Write): void {
  for (const { delivery, step: taken, at } of plan.steps) {
    const { id } = write.events[at] ?? {};
    if (id === undefined || taken.entries.length === 0 || delivery.unconfirmedIds.includes(id)) continue;
    delivery.unconfirmedIds = [...delivery.unconfirmedIds, id];
  }
}
