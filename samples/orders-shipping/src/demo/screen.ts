import type { Fed } from './producer';

const REFUSALS = 1_000;
/** Milliseconds that the rate is a mean of, at the least. */
const RATE_OF = 1_000;

/** What a moment of a run looks like. */
export interface Glimpse {
  readonly fed: Fed;
  readonly received: number;
  readonly lag: number;
  readonly outcomes: Readonly<Record<string, number>>;
}

/** Lines on stdout; on a terminal with one line at the bottom that is written over. */
export class Screen {
  private readonly live = process.stdout.isTTY === true;
  private readonly start = Date.now();
  private seen = [{ at: this.start, received: 0 }];
  private refusals = 0;

  /** Milliseconds between two glimpses. */
  get every(): number {
    return this.live ? 100 : 1_000;
  }

  get seconds(): number {
    return (Date.now() - this.start) / 1_000;
  }

  line(text = ''): void {
    process.stdout.write(`${this.live ? '\r\x1b[K' : ''}${printable(text)}\n`);
  }

  glimpse({ fed, received, lag, outcomes }: Glimpse): void {
    const now = Date.now();
    while (this.seen.length > 1 && now - (this.seen[1]?.at ?? now) >= RATE_OF) this.seen.shift();
    const [first] = this.seen;
    const rate = first ? ((received - first.received) * 1_000) / Math.max(1, now - first.at) : 0;
    this.seen.push({ at: now, received });
    const text = [
      `${this.seconds.toFixed(1)} s`,
      `fed ${figure(fed.appended + fed.recognised)}`,
      `received ${figure(received)}`,
      `${figure(Math.round(rate))}/s`,
      `lag ${figure(lag)}`,
      ...Object.entries(outcomes).flatMap(([kind, count]) => (count > 0 ? [`${kind} ${figure(count)}`] : [])),
    ].join('  ');
    if (this.live) process.stdout.write(`\r\x1b[K${text.slice(0, (process.stdout.columns || 80) - 1)}`);
    else this.line(text);
  }

  refused(line: number, reason: string): void {
    this.refusals++;
    if (this.refusals <= REFUSALS) this.line(`line ${line} refused: ${reason}`);
    else if (this.refusals === REFUSALS + 1) this.line('further refused lines are counted, not shown');
  }
}

export function figure(n: number): string {
  return n.toLocaleString('en-US');
}

/** What stands in a feed must not steer a terminal. */
function printable(text: string): string {
  return text.replace(/\p{C}/gu, (c) => `\\u{${c.codePointAt(0)?.toString(16)}}`);
}
