import { isHopeless, park, sizeOf, step } from './decide';
import type { Step } from './decide';
import type { ActorDefinition, OnceKey } from './definition';
import type { Delivery } from './delivery';
import { describe } from './errors';
import type { Fold } from './fold';
import type { Work } from './mailbox';
import type { Entry } from './row';
import type { Runtime } from './runtime';
import type { Expected, Write } from './store';

/** What one turn decided for one actor: one write, and how each message ends once that write holds. */
export interface Plan {
  readonly work: Work;
  /** Stands behind `entries`, which are not durable yet. */
  readonly fold: Fold;
  readonly expected: Expected;
  readonly entries: Entry[];
  readonly steps: { readonly delivery: Delivery; readonly step: Step; /** Where its rows begin. */ readonly at: number }[];
  /** Commands whose method threw: their callers get the error once all that it may have read is durable. */
  readonly refused: { readonly delivery: Delivery; readonly error: unknown }[];
  /** Messages for a later turn. */
  rest: readonly Delivery[];
  /** The first of `rest` has thrown and waits before it is tried again. */
  thrown: boolean;
  /** A method has thrown, on a state that may be stale or that it may have changed: the fold is not kept. */
  tainted: boolean;
  /** Characters of rows so far. */
  size: number;
}

/** A write takes no further message behind this much: with the largest decision on top it stays below what a store accepts. */
const WRITE_CHARS = 250_000;

/** Decides an actor's batch in order. Nothing behind a message that has thrown is decided before that message is done or parked. */
export function planOf(
  definition: ActorDefinition,
  work: Work,
  fold: Fold,
  runtime: Runtime,
  attempts: number,
  windowFull: () => boolean,
): Plan {
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
    size: 0,
  };
  const { items } = work;
  for (let i = 0; i < items.length; i++) {
    const delivery = items[i] as Delivery;
    if (plan.size > WRITE_CHARS) {
      plan.rest = items.slice(i);
      break;
    }
    try {
      add(plan, delivery, step(definition, fold, delivery, runtime));
    } catch (error) {
      plan.tainted = true;
      if (delivery.isCommand) {
        // Its caller is told of an error that a freshly loaded state confirms.
        const again = delivery.attempts++ === 0;
        if (!again) plan.refused.push({ delivery, error });
        plan.rest = items.slice(again ? i : i + 1);
        break;
      }
      if (delivery.attempts + 1 < attempts && !isHopeless(error) && !windowFull()) {
        plan.rest = items.slice(i);
        plan.thrown = true;
        break;
      } else
        add(
          plan,
          delivery,
          park(definition, fold, delivery, 'failed', describe(error), delivery.attempts + 1, runtime, onceOf(definition, delivery)),
        );
    }
  }
  return plan;
}

/** The gate has computed it before, or the method had never run. */
function onceOf(definition: ActorDefinition, { type, message }: Delivery): OnceKey | undefined {
  return message && definition.takings.get(type)?.once?.(message);
}

function add(plan: Plan, delivery: Delivery, taken: Step): void {
  plan.steps.push({ delivery, step: taken, at: plan.entries.length });
  for (const entry of taken.entries) {
    plan.entries.push(entry);
    plan.size += sizeOf(entry);
  }
}

/** Nobody knows whether this plan's write was stored: each message remembers the row that would prove it was stored. */
export function markUnsure(plan: Plan, write: Write): void {
  for (const { delivery, step: taken, at } of plan.steps) {
    const { id } = write.events[at] ?? {};
    if (id !== undefined && taken.entries.length > 0 && !delivery.unsure.includes(id)) delivery.unsure = [...delivery.unsure, id];
  }
}
