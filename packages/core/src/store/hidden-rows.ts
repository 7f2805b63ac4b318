/**
 * Types of the rows that belong to their actor alone, by prefix: what it took in, what it parked, its timers. No subscription
 * shows them unless it names their type or asks for everything.
 */
export const TOOK = 'took:';
export const PARKED = 'parked:';
export const TIMER = 'timer:';
export const HIDDEN: readonly string[] = [TOOK, PARKED, TIMER];

/** Type of the row that closes an actor; no message can have it. */
export const CLOSED = 'took:~closed';

/** Type of the rows by which the clock of a saga keeps deadlines, and lists and ends the streams that hold them. */
export const DUE = 'took:~due';

export function isHidden(type: string): boolean {
  return HIDDEN.some((prefix) => type.startsWith(prefix));
}

/** The type of the message that a row is about: a hidden row's type without its prefix. */
export function messageTypeOf(type: string): string {
  const prefix = HIDDEN.find((one) => type.startsWith(one));
  return prefix === undefined ? type : type.slice(prefix.length);
}

/** Types of the rows that set a deadline of this type. Format 1 keeps them among the parked ones. */
export function timerTypes(type: string): string[] {
  return [TIMER + type, PARKED + type];
}

/** Whether a row of an actor's stream sets a deadline; its meta is not parsed. */
export function setsDeadline({ type, meta }: { readonly type: string; readonly meta: string }): boolean {
  return type.startsWith(TIMER) ? meta.includes('"due":') : type.startsWith(PARKED) && meta.includes('"park":"due"');
}
