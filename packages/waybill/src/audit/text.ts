import type { Audit } from './audit';
import { INVARIANTS } from './violation';
import type { Invariant, Violation } from './violation';

const NAMED = Object.entries(INVARIANTS) as [Invariant, { readonly name: string }][];

/** Actors that are named. */
const SHOWN = 10;

/** For people: the result first, then each violation with its place and what it means. */
export function auditText({ ok, store, rows, actors, position, checked, violations, unread }: Audit): string {
  const looked = `${figure(rows)} rows, ${figure(actors)} streams of actors, up to position ${position}`;
  const left = NAMED.filter(([invariant]) => !checked.includes(invariant)).map(([invariant]) => inWords(invariant));
  return [
    `Log ${store}: ${ok ? 'ok' : 'BROKEN'} (${looked}).`,
    ...violations.flatMap(lines),
    ...unread.slice(0, SHOWN).map(({ reason }) => `Not read: ${reason}`),
    ...(unread.length > SHOWN ? [`Not read: ${figure(unread.length - SHOWN)} actors more.`] : []),
    `Checked: ${checked.map(inWords).join(', ')}.`,
    ...(left.length > 0 ? [`Not checked: ${left.join(', ')}. Pass the classes that wrote the log: audit(store, { use: […] }).`] : []),
    '',
  ].join('\n');
}

function lines({ invariant, what, means, at }: Violation): string[] {
  const place = at ? `${at.stream} version ${at.version}, position ${at.position}` : 'no row';
  return ['', `  ${inWords(invariant)}: ${what}`, `  at ${place}`, `  It means: ${means}.`, ''];
}

function inWords(invariant: Invariant): string {
  const { name } = INVARIANTS[invariant];
  return name === invariant ? name : /^I\d$/.test(invariant) ? `${invariant} ${name}` : name;
}

function figure(n: number): string {
  return n.toLocaleString('en-US');
}
