import type { Fed } from './producer';

const REFUSALS = 1_000;

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
  private last = { at: this.start, received: 0 };
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
    const rate = ((received - this.last.received) * 1_000) / Math.max(1, now - this.last.at);
    this.last = { at: now, received };
    const seen = Object.entries(outcomes).filter(([, count]) => count > 0);
    const text =
      `${this.seconds.toFixed(1)} s  appended ${figure(fed.appended)}  received ${figure(received)}  ` +
      `${figure(Math.round(rate))}/s  lag ${figure(lag)}  ${seen.map(([kind, count]) => `${kind} ${figure(count)}`).join('  ')}`;
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
