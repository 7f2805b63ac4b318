import type { Choice } from './tape';

/** Runs the schedule of a list of decisions. Returns those that it made if it fails as before, else undefined. */
export type Attempt = (choices: readonly Choice[]) => Promise<readonly Choice[] | undefined>;

/** Labels in the order in which they shrink: messages and workers first, then faults, then switches from worker to worker. */
const FIRST = [
  'feed',
  'workers',
  'rate',
  'limit',
  'copy',
  'retry',
  'order',
  'batch',
  'delay',
  'skew',
  'trouble',
  'crash',
  'slow',
  'random',
];

/** The most runs: what is left then is small enough to read. */
const RUNS = 1_500;

/** A smaller list of decisions that fails in the same way; labels in `fixed` are left alone. Deterministic. */
export async function shrink(choices: readonly Choice[], attempt: Attempt, fixed: readonly string[] = []): Promise<readonly Choice[]> {
  const shrinking = new Shrinking(choices, attempt, fixed);
  for (let before = -1; before !== shrinking.gains && !shrinking.isSpent;) {
    before = shrinking.gains;
    for (const label of shrinking.labels()) {
      await shrinking.blocks(label, (values, from, size) => values.map((value, i) => (i >= from && i < from + size ? 0 : value)));
      await shrinking.blocks(label, (values, from, size) => [...values.slice(0, from), ...values.slice(from + size)]);
      await shrinking.blocks(label, (values, from, size) =>
        values.map((value, i) => (size === 1 && i === from && value > 1 ? value - 1 : value)),
      );
    }
  }
  return shrinking.best;
}

type Change = (values: readonly number[], from: number, size: number) => readonly number[];

class Shrinking {
  gains = 0;
  private runs = 0;

  constructor(
    public best: readonly Choice[],
    private readonly attempt: Attempt,
    private readonly fixed: readonly string[],
  ) {}

  get isSpent(): boolean {
    return this.runs >= RUNS;
  }

  labels(): string[] {
    const all = new Set(this.best.map(({ label }) => label).filter((label) => !this.fixed.includes(label)));
    return [...FIRST.filter((label) => all.has(label)), ...[...all].filter((label) => !FIRST.includes(label))];
  }

  /** Tries a change on large blocks of one label's decisions first, then on smaller ones. */
  async blocks(label: string, change: Change): Promise<void> {
    for (let size = this.values(label).length; size > 0; size = Math.floor(size / 2)) {
      for (let from = 0; from < this.values(label).length && !this.isSpent;) {
        const values = this.values(label);
        const last = values.length - 1 - [...values].reverse().findIndex((value) => value > 0);
        if (from > last) break;
        const next = change(values, from, size);
        const changed = next.length !== values.length || next.some((value, i) => value !== values[i]);
        if (!changed || !(await this.try(label, next))) from += size;
      }
    }
  }

  private values(label: string): number[] {
    return this.best.filter((choice) => choice.label === label).map(({ value }) => value);
  }

  private async try(label: string, values: readonly number[]): Promise<boolean> {
    const others = this.best.filter((choice) => choice.label !== label);
    const made = await this.attempt([...others, ...values.map((value) => ({ label, of: 0, value }))]);
    this.runs++;
    if (!made || !isSmaller(made, this.best)) return false;
    this.best = made;
    this.gains++;
    return true;
  }
}

/** Fewer decisions other than 0, else a shorter schedule, else smaller values. */
function isSmaller(a: readonly Choice[], b: readonly Choice[]): boolean {
  const measure = (choices: readonly Choice[]): readonly [number, number, number] => {
    let [struck, sum] = [0, 0];
    for (const { value } of choices) {
      if (value > 0) struck++;
      sum += value;
    }
    return [struck, choices.length, sum];
  };
  const [x, y] = [measure(a), measure(b)];
  for (let i = 0; i < x.length; i++) if (x[i] !== y[i]) return (x[i] as number) < (y[i] as number);
  return false;
}
