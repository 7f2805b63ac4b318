import { appendMutants } from './mutants-append';
import { checkpointMutants } from './mutants-checkpoint';
import { clockMutants } from './mutants-clocks';
import { memoryMutants } from './mutants-memory';
import { outsideMutants } from './mutants-outside';
import { parkingMutants } from './mutants-parking';
import { placeMutants } from './mutants-places';
import { refusalMutants } from './mutants-refusals';
import { releaseMutants } from './mutants-releases';
import { stateMutants } from './mutants-state';
import { timeMutants } from './mutants-time';

/** A bug, planted in the compiled flow. */
export interface Mutant {
  readonly name: string;
  /** What the flow promises, and does not do with the bug in it. */
  readonly rule: string;
  /** Of the schedules that once broke a flow without this rule; SCORECARD.md says what happens in each. */
  readonly schedules?: readonly string[];
  /** Which workloads look for it, in turn. */
  readonly workloads: readonly string[];
  /** [file of core, text that stands there once, text in its place]. */
  readonly changes: readonly (readonly [file: string, from: string, to: string])[];
  /** Why it makes no difference; then it must survive. */
  readonly equivalent?: string;
  /** Where it takes long: a seed that has found it, which a hinted search tries first. */
  readonly seen?: number;
}

export const mutants: readonly Mutant[] = [
  ...appendMutants,
  ...stateMutants,
  ...memoryMutants,
  ...checkpointMutants,
  ...parkingMutants,
  ...timeMutants,
  ...releaseMutants,
  ...refusalMutants,
  ...clockMutants,
  ...placeMutants,
  ...outsideMutants,
];
