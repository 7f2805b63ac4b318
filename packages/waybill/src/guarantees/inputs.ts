import { namesOf } from '@waybill/core/internal';
import type { ActorDefinition, Definition, HandlerDefinition, InputHandler } from '@waybill/core/internal';
import { isSentTo } from '../base/readers';

/** What holds for one type of message at one class. */
export interface InputGuarantee {
  readonly type: string;
  readonly holds: string;
  readonly by: string;
  /** For each open actor. */
  readonly keeps: string;
  readonly breaks: readonly string[];
}

export function inputsOf(definition: Definition, definitions: readonly Definition[]): InputGuarantee[] {
  if (definition.kind === 'handler') return named(definition.calls).map(([type]) => carried(type, definition));
  const actor: ActorDefinition = definition;
  if (actor.kind === 'projection') return named(actor.folds).map(([type]) => folded(type));
  if (actor.kind === 'aggregate')
    return named(actor.inputs).map(([type]) => command(type, isSentTo(actor, definitions), actor.refuses.get(type)?.messageType));
  return named(actor.inputs).map(([type, taking]) => (taking.deadline ? deadline(type, actor, taking) : event(type, actor, taking)));
}

/** Each message once, under its current name. */
function named<T extends { readonly message: InputHandler['message'] }>(methods: ReadonlyMap<string, T>): [string, T][] {
  return [...methods].filter(([type, { message }]) => namesOf(message)[0] === type);
}

function event(type: string, actor: ActorDefinition, taking: InputHandler): InputGuarantee {
  const { once, onceText } = taking;
  const late = latenessOf(actor, taking);
  if (!once) {
    return {
      type,
      holds: `exactly once for each row of the log: state and emitted events${late}`,
      by: 'seen marks: the highest position of its type that was taken in',
      keeps: 'one number for each log that it comes from',
      breaks: ['a producer that appends it again, under the same id or a new one: that is another message; declare once'],
    };
  }
  const single = onceText === 'once per actor';
  const key = single ? 'actor' : onceText;
  return {
    type,
    holds: `exactly once per ${key}, whatever its id and however often it comes: state and emitted events; other content is parked as a conflict${late}`,
    by: 'seen marks, then the once key in the row that took it in',
    keeps: `one number for each log that it comes from, and ${single ? 'one digest' : `one digest for each ${key}`}`,
    breaks: single
      ? ['a second one for the same actor with other content: it is parked as a conflict']
      : [
          `two facts that share one ${key}: the second is parked as a conflict`,
          `copies of one fact that differ in ${key}: each is a fact of its own`,
        ],
  };
}

function latenessOf({ lifecycle }: ActorDefinition, { before, late }: InputHandler): string {
  const status = before === undefined ? undefined : lifecycle?.statuses[before];
  if (status === undefined) return '';
  return `; first seen from status "${status}" on it is ${late ? 'taken in by @HandlesLate' : 'parked'}`;
}

function deadline(type: string, { lifecycle }: ActorDefinition, { before }: InputHandler): InputGuarantee {
  const status = before === undefined ? undefined : lifecycle?.statuses[before];
  return {
    type,
    holds: `fires at most once for each time it is set, after downtime too: state and emitted events; one that was set again or cancelled is dropped${status === undefined ? '' : `, and from status "${status}" on it leads to nothing`}`,
    by: 'the row that set it must be the pending one of its key (pending row)',
    keeps: 'one number for each pending key; in memory also the deadlines of the next minutes, of all actors',
    breaks: ['a worker whose clock is ahead: the deadline fires that much too early'],
  };
}

function command(type: string, fromLog: boolean, refusal: string | undefined): InputGuarantee {
  const told = refusal === undefined ? '' : `, and if it is refused, one ${refusal}`;
  return {
    type,
    holds: `exactly once for each command id of an actor: state and emitted events; the same id again gives the answer that is in the log${fromLog ? `; from a saga, exactly once for each row of the log${told}` : ''}`,
    by: `command ids in the rows of the actor${fromLog ? '; seen marks where a saga sent it' : ''}`,
    keeps: 'one digest for each command that was taken in',
    breaks: [
      'a caller that retries under a new id: that is another command',
      'a caller that gives one id to two commands: the second is refused',
    ],
  };
}

function carried(type: string, { delivery, options }: HandlerDefinition): InputGuarantee {
  const once = delivery === 'at-most-once';
  const order = options.key ? 'those of one key in order' : 'in order within its stream';
  return {
    type,
    holds: once ? `called at most once, ${order}` : `called at least once by each process, ${order}`,
    by: once ? 'attempt row' : 'checkpoint',
    keeps: 'nothing',
    breaks: once ? ['it is not repeated: a call that fails is parked'] : ['an outside world that does not drop a known meta.id'],
  };
}

function folded(type: string): InputGuarantee {
  return {
    type,
    holds: 'folded into its row once, in the order of the log',
    by: 'compare-and-set on the position of the row',
    keeps: 'nothing',
    breaks: ['a fold that is not pure'],
  };
}
