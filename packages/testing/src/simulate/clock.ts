import type { Scheduler } from './scheduler';

/** The clock of one process: wrong by so much, and by another amount once somebody has set it. */
export class Clock {
  /** Since when, in true time, and milliseconds that it is ahead. */
  private readonly settings: { readonly since: number; readonly ahead: number }[];

  constructor(
    private readonly scheduler: Scheduler,
    ahead: number,
  ) {
    this.settings = [{ since: scheduler.now, ahead }];
  }

  get ahead(): number {
    return (this.settings.at(-1) as { readonly ahead: number }).ahead;
  }

  now(): number {
    return this.scheduler.now + this.ahead;
  }

  set(ahead: number): void {
    this.settings.push({ since: this.scheduler.now, ahead });
  }

  /** The true time at which it showed this time, or a later one, for the first time. */
  firstShows(time: number): number {
    for (const [i, { since, ahead }] of this.settings.entries()) {
      const at = Math.max(since, time - ahead);
      if (at <= (this.settings[i + 1]?.since ?? Infinity)) return at;
    }
    return Infinity;
  }
}
