import { flowMutants } from './mutants-flow';
import { parkingMutants } from './mutants-parking';

/** A bug, planted in the compiled flow. */
export interface Mutant {
  readonly name: string;
  /** Which workloads look for it, in turn. */
  readonly workloads: readonly string[];
  /** [file of core, text that stands there once, text in its place]. */
  readonly changes: readonly (readonly [file: string, from: string, to: string])[];
  /** Why it makes no difference; then it must survive. */
  readonly equivalent?: string;
}

export const mutants: readonly Mutant[] = [...flowMutants, ...parkingMutants];
