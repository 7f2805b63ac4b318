import { after, at, canonical } from '@waybill/core';
import type { AnyEvent, Duration } from '@waybill/core';
import type { Entry } from '@waybill/core/internal';
import type { Arrival } from './journal';
import { print } from './print';

/** In words: the deadlines that a decision set and cancelled, and whether it closed the actor. */
export function timed({ entries = [], time = 0 }: Arrival): string[] {
  return entries.flatMap((entry) => wordsOf(entry, time) ?? []);
}

function wordsOf(entry: Entry, time: number): string | undefined {
  if (entry.kind === 'armed') return armed(entry.type, entry.key, entry.due - time, entry.content);
  if (entry.kind === 'cancelled') return cancelled(entry.type, entry.key);
  return entry.kind === 'closed' ? CLOSED : undefined;
}

export const CLOSED = 'closed';
export const cancelled = (type: string, key = ''): string => `cancelled ${type}${key === '' ? '' : ` "${key}"`}`;

/** When a deadline is due: so long after the message that set it, or at that time. */
export type When = { readonly in: Duration } | { readonly at: number | Date };

export function deadline({ time = 0 }: Arrival, message: AnyEvent, when: When, key: string | undefined): string {
  const options = key === undefined ? {} : { key };
  const part = 'at' in when ? at(when.at, message, options) : after(when.in, message, options);
  return armed(message.type, part.key, (part.time ?? time + part.milliseconds) - time, canonical(message));
}

function armed(type: string, key: string, milliseconds: number, content: string): string {
  return `set ${type}${key === '' ? '' : ` "${key}"`} in ${milliseconds} ms: ${content}`;
}

/** What became of a message, for people. */
export function shown({ kind, park, reason, events }: Arrival): string {
  if (kind === 'applied') return events.length === 0 ? 'applied, nothing emitted' : `applied, emitted ${print(events)}`;
  return `${kind}${park && kind === 'parked' ? ` (${park})` : ''}${reason === undefined ? '' : `: ${reason}`}`;
}
