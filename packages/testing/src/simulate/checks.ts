import { show, WaybillError } from '@waybill/core';
import { DEFAULT_FAULTS } from './options';
import type { Simulation } from './options';

type Wrong = string | undefined | false;
const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? (value as unknown[]) : [value]);
const count = (value: unknown, from: number): boolean => Number.isSafeInteger(value) && (value as number) >= from;

/** A simulation of nothing finds nothing, and would look like a success. @throws WaybillError `SIMULATION_OPTION`, naming everything that is wrong */
export function checkSimulation(simulation: Simulation): void {
  const { use, messages, workers, seeds, faults, invariant, horizon, replay } = Object(simulation) as Partial<Simulation>;
  const wrong: readonly Wrong[] = [
    (!Array.isArray(use) || use.length === 0) && `use is ${named(use)}, not a list of classes`,
    !(Array.isArray(messages) && messages.every(isMessage)) && 'messages is not a list of messages',
    workers !== undefined && !count(workers, 1) && `workers is ${show(workers)}, not 1 or more`,
    seeds !== undefined && seedsFault(list(seeds)),
    ...faultsOf(faults),
    invariant !== undefined && !list(invariant).every((one) => typeof one === 'function') && 'an invariant is not a function',
    horizon !== undefined && !count(horizon, 0) && `horizon is ${show(horizon)}, not milliseconds`,
    replay !== undefined && typeof replay !== 'string' && `replay is ${show(replay)}, not a tape`,
  ];
  const problems = wrong.filter((one) => typeof one === 'string');
  if (problems.length > 0) throw new WaybillError('SIMULATION_OPTION', problems.join('; '), 'see the options of simulate()');
}

function seedsFault(seeds: readonly unknown[]): Wrong {
  const [first, last = first] = seeds;
  const good = seeds.length <= 2 && count(first, seeds.length === 1 ? 1 : 0) && count(last, first as number);
  return !good && `seeds is ${seeds.map(show).join(' to ')}, neither a count nor [first, last]`;
}

function faultsOf(faults: unknown): Wrong[] {
  if (faults === undefined || faults === 'none') return [];
  if (typeof faults !== 'object' || faults === null) return [`faults is ${show(faults)}, neither 'none' nor rates`];
  return Object.entries(faults).map(([name, rate]: [string, unknown]) => {
    if (!Object.hasOwn(DEFAULT_FAULTS, name)) return `${show(name)} is not a fault`;
    return !(typeof rate === 'number' && rate >= 0 && rate <= 1) && `the rate of ${name} is ${show(rate)}, not 0 to 1`;
  });
}

function isMessage(value: unknown): boolean {
  return typeof value === 'object' && value !== null && '~kind' in value;
}

function named(value: unknown): string {
  return typeof value === 'function' ? (value as { readonly name: string }).name || 'a function' : show(value);
}
