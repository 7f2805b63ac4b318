import type { Every } from './options';
import type { Choice, Source } from './tape';

const LABELS: { readonly [E in Every]: readonly string[] } = {
  schedule: ['next'],
  order: ['order'],
  copies: ['copy'],
  crash: ['crash', 'arrives'],
};

/** Tries every combination of some decisions, one schedule each; all others stay at their simplest. */
export class Enumeration {
  isComplete = false;
  private prefix: readonly number[] = [];
  private readonly labels: ReadonlySet<string>;

  constructor(every: readonly Every[]) {
    this.labels = new Set(every.flatMap((each) => LABELS[each]));
  }

  /** For the next schedule. */
  source(): Source {
    const prefix = this.prefix;
    let next = 0;
    const take = (label: string, other: number): number => {
      if (this.labels.has(label)) return prefix[next++] ?? 0;
      return other >= 1 ? 1 : 0;
    };
    return { pick: (label, _, other) => take(label, other), weigh: (label) => take(label, 0) };
  }

  /** The decisions that a schedule made determine the next one. */
  advance(made: readonly Choice[]): void {
    const choices = made.filter(({ label }) => this.labels.has(label));
    let last = choices.length - 1;
    while (last >= 0 && (choices[last] as Choice).value + 1 >= (choices[last] as Choice).of) last--;
    this.isComplete = last < 0;
    this.prefix = [...choices.slice(0, last).map(({ value }) => value), (choices[last]?.value ?? 0) + 1];
  }
}
