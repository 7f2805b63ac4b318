import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Batch, CommitResult } from './batch';
import type { Burst } from '../read/burst';
import type { Connection } from '../file/driver';
import type { CommitFailure } from '../file/failure';
import type { Settings } from '../file/connect';
import type { Writer } from './writer';

/** Where commits happen. Batches are committed in the order of the calls, and answered in that order. */
export interface Lane {
  commit(batch: Batch): Promise<CommitResult>;
  /** After the last answer. */
  close(): Promise<void>;
}

export function mainLane(writer: Writer, burst: Burst): Lane {
  return {
    commit: async (batch) => {
      burst.end();
      return writer.commit(batch);
    },
    close: async () => {
      burst.end();
      writer.close();
    },
  };
}

/** The last connection that closes tidies up the -wal file, and that is work for the thread that commits. */
export function readerFirst(reader: Connection, burst: Burst, lane: Lane): Lane {
  return {
    commit: (batch) => lane.commit(batch),
    close: () => {
      burst.end();
      reader.close();
      return lane.close();
    },
  };
}

/** Milliseconds that a late answer is waited for. */
const GRACE = 1_000;

/** A worker thread with its own connection, started at the first commit; it keeps the process alive only while it commits. */
export class WorkerLane implements Lane {
  private worker: Worker | undefined;
  private lost: CommitFailure | undefined;
  private readonly pending: ((result: CommitResult) => void)[] = [];
  private watchdog: NodeJS.Timeout | undefined;
  private answered = 0;

  constructor(
    private readonly settings: Settings,
    private readonly commitTimeout: number,
  ) {}

  commit(batch: Batch): Promise<CommitResult> {
    return new Promise((resolve) => {
      if (this.lost) return resolve({ failure: { ...this.lost, stored: 'no' } });
      const worker = (this.worker ??= this.start());
      if (this.pending.push(resolve) === 1) worker.ref();
      this.watch();
      return worker.postMessage(batch, [batch.numbers.buffer as ArrayBuffer]);
    });
  }

  async close(): Promise<void> {
    clearTimeout(this.watchdog);
    const worker = this.worker;
    if (!worker || this.lost) return;
    worker.ref();
    await new Promise<void>((resolve) => {
      worker.removeAllListeners('exit').once('exit', () => resolve());
      worker.postMessage('close');
    });
  }

  private start(): Worker {
    const worker = new Worker(join(__dirname, 'worker.js'), {
      workerData: this.settings,
      execArgv: [],
      name: 'waybill-sqlite',
      resourceLimits: { maxYoungGenerationSizeMb: 4 },
    });
    worker.on('message', (result: CommitResult) => {
      this.answered++;
      this.pending.shift()?.(result);
      if (this.pending.length === 0) worker.unref();
    });
    worker.on('error', (error) => this.lose(`the thread that commits died (${error.message})`));
    worker.on('exit', () => this.lose('the thread that commits ended'));
    worker.unref();
    return worker;
  }

  private watch(): void {
    if (this.watchdog) this.watchdog.refresh();
    else this.watchdog = setTimeout(() => this.expire(), this.commitTimeout).unref();
  }

  /** A process that stood still meets its timers before the answers that came meanwhile: those get their turn first. */
  private expire(): void {
    this.watchdog = undefined;
    const { answered } = this;
    setTimeout(
      () => {
        if (this.answered === answered) this.giveUp();
        else if (this.pending.length > 0) this.watch();
      },
      Math.min(this.commitTimeout, GRACE),
    ).unref();
  }

  private giveUp(): void {
    if (this.pending.length === 0) return;
    this.lose(`a commit did not end within ${this.commitTimeout} ms`);
    void this.worker?.terminate();
  }

  /** What was sent may be stored or not, now or later. */
  private lose(what: string): void {
    this.lost ??= { code: 'STORE_LOST_WRITER', what, fix: 'find out why', stored: 'unknown', lasting: true };
    for (const resolve of this.pending.splice(0)) resolve({ failure: this.lost });
  }
}
