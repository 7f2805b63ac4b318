import type { Limits, Store, Yielding } from '@waybill/core';
import { DEFAULT_LIMITS } from '@waybill/core/internal';
import type { ActorDefinition, Definition, HandlerDefinition } from '@waybill/core/internal';
import { isSentTo } from '../base/readers';
import { inputsOf } from './inputs';
import type { InputGuarantee } from './inputs';

/** What holds for one class, by which mechanism, at which cost, and what would break it. */
export interface Guarantee {
  readonly consumer: string;
  readonly kind: Definition['kind'];
  readonly holds: string;
  readonly by: string;
  /** In memory, and in the log if it stays there. */
  readonly keeps: readonly string[];
  readonly breaks: readonly string[];
  readonly inputs: readonly InputGuarantee[];
  /** Which of its actors, or whether all of it, wait for newer code in this process: see `operators.yielding()`. */
  readonly waits: readonly Yielding[];
}

/** What its class alone decides. */
type Kept = Pick<Guarantee, 'holds' | 'by' | 'keeps' | 'breaks'>;

export interface Guarantees {
  readonly promise: string;
  readonly store: {
    readonly id: string;
    /** The store's own sentence. */
    readonly guarantee: string;
    /** Undefined: the store does not say. */
    readonly durable: boolean | undefined;
    readonly breaks: readonly string[];
  };
  readonly consumers: readonly Guarantee[];
}

const PROMISE =
  'Whatever is redelivered, reordered, retried under a new id, run by two workers at once or cut off by a crash: the state of an actor and ' +
  'the events that it emits change once per logical message, and no message is lost without a word. That is state and emitted events of one ' +
  'stream; calls to the outside world and rows of projections are listed separately below.';

const LOG_BREAKS = [
  'two logs with one id: marks of one would drop messages of the other',
  'rows that are altered, added or deleted by hand; audit(store) finds them',
  'a restored backup that goes on under the same id: consumers whose checkpoints are ahead of it refuse to start',
];

export function guaranteesOf(
  definitions: readonly Definition[],
  store: Store,
  limits: Partial<Limits> = {},
  yielding: readonly Yielding[] = [],
): Guarantees {
  const all = { ...DEFAULT_LIMITS, ...limits };
  const { id, durable, guarantee = 'the store does not say what an acknowledged append survives' } = store;
  const relaxed = durable === false ? ['a power cut may lose what was acknowledged: then the promise is off'] : [];
  return {
    promise: PROMISE,
    store: { id, guarantee, durable, breaks: [...relaxed, ...LOG_BREAKS] },
    consumers: definitions.map((definition) => ({
      ...guaranteeOf(definition, definitions, all),
      waits: yielding.filter(({ consumer }) => consumer === definition.name),
    })),
  };
}

function guaranteeOf(definition: Definition, definitions: readonly Definition[], limits: Limits): Omit<Guarantee, 'waits'> {
  const who = { consumer: definition.name, kind: definition.kind, inputs: inputsOf(definition, definitions) };
  const window = `at most ${limits.window} messages that are not finished`;
  if (definition.kind === 'handler') {
    return { ...who, ...ofHandler(definition, window) };
  }
  const actor: ActorDefinition = definition;
  if (actor.kind === 'projection') {
    return {
      ...who,
      holds: 'each event is in its row once, in the order of the log; the rows follow the log with a lag',
      by: 'row and position of its last event in one write, by compare-and-set on that position',
      keeps: [window, 'in the views: a position for each row, deleted ones too; of a row with parked events, a few numbers'],
      breaks: ['rows that others write', 'views that are restored to another point in time than their log: rebuild them'],
    };
  }
  return { ...who, ...ofActor(actor, definitions, limits, window) };
}

function ofHandler({ delivery, options: { from, timeout, rate }, emits }: HandlerDefinition, window: string): Kept {
  const once = delivery === 'at-most-once';
  const answers = emits.size > 0 ? '; the events that it answers are in the log once per cause' : '';
  const since = from === 'now' ? ', of what follows its first start' : '';
  return {
    holds: once
      ? `each call is made at most once${since}${answers}`
      : `each call is made at least once by each process that runs it${since}, with the same meta.id each time${answers}`,
    by: `${once ? 'a row of its own in the log before each call (attempt row)' : 'the checkpoint, saved after the call'}${emits.size > 0 ? '; one append per cause (answer rows)' : ''}`,
    keeps: [
      window,
      ...(once
        ? ['in the log: one row for each event']
        : ['of calls that wait for their next try, when it is due: in memory, and in the log if they fill the window']),
      ...(emits.size > 0 ? ['in the log: for each event that is answered, a row and its answer'] : []),
    ],
    breaks: [
      ...(once
        ? ['a process that dies during a call: it is unknown whether the call went through, and it is not repeated']
        : [
            'several processes that run it: each of them makes every call. Run it in one process, or let the outside world drop a known meta.id',
            'an outside world that does not know meta.id: a crash, a rewind or a retry repeats the call',
          ]),
      ...(timeout === undefined
        ? ['a call that never ends: it has no time limit (timeout), so its key waits for ever, and so does stop() without within']
        : []),
      ...(rate ? ['several processes that run it: concurrency and rate hold for each of them'] : []),
    ],
  };
}

function ofActor(actor: ActorDefinition, definitions: readonly Definition[], limits: Limits, window: string): Kept {
  const aggregate = actor.kind === 'aggregate';
  const reads = !aggregate || isSentTo(actor, definitions);
  const snapshot = actor.options.snapshot;
  const closes = aggregate ? 'its streams are never closed' : 'a closed actor: one row, with its keys as ranges, and no digests';
  return {
    holds: 'exactly once: the state of an actor and the events that it emits',
    by: 'one append per batch at the expected version (compare-and-set): what was taken in, and what it led to',
    keeps: [
      `of the about ${limits.hot} actors that were used last: their state and what is named for each input; the others are loaded from their streams`,
      `in the log: a row for each message that was taken in or parked${snapshot ? `, and a snapshot every ${snapshot.every} rows` : ''}; ${closes}`,
      ...(reads ? [window] : []),
    ],
    breaks: [
      'methods that are not pure: that read a clock, random numbers or input of their own',
      'a key() that changes: the same message then goes to another actor',
      ...(actor.options.retired?.length
        ? [`types that are retired (${actor.options.retired.join(', ')}): their rows no longer change anything`]
        : []),
      ...(snapshot ? ['a fold that changes while the version of its snapshots does not'] : []),
    ],
  };
}
