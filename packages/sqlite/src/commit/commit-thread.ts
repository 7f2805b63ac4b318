import { Worker } from 'node:worker_threads';
import type { ReadTransaction } from '../read/read-transaction';
import type { Connection } from '../file/driver';
import type { CommitFailure } from '../file/failure';
import type { WorkerSettings } from '../file/connect';
import type { Batch, CommitResult } from './batch';
import type { Writer } from './writer';

/** Where commits happen: a worker, or the main thread. Batches are committed and answered in the order of the calls. */
export interface CommitThread {
  commit(batch: Batch): Promise<CommitResult>;
  /** To be called after the last answer. */
  close(): Promise<void>;
}

export function mainThread(writer: Writer, readTransaction: ReadTransaction): CommitThread {
  return {
    commit: async (batch) => {
      readTransaction.end();
      return writer.commit(batch);
    },
    close: async () => {
      readTransaction.end();
      writer.close();
    },
  };
}

/** The last connection to close cleans up the -wal file, and that is work for the committing thread: so the reader closes first. */
export function closingReaderFirst(reader: Connection, readTransaction: ReadTransaction, thread: CommitThread): CommitThread {
  return {
    commit: (batch) => thread.commit(batch),
    close: () => {
      readTransaction.end();
      reader.close();
      return thread.close();
    },
  };
}

/**
 * The text of `worker.ts` with all that it imports, made by the build. A bundler takes it along, as it would not take a file that
 * only a path leads to.
 */
export const program = () => (require('./worker-program') as { readonly text: string }).text;

/** Milliseconds to wait for a late answer. */
const GRACE = 1_000;

/** A worker thread with a connection of its own, started at the first commit; it keeps the process alive only while it commits. */
export class WorkerThread implements CommitThread {
  private worker: Worker | undefined;
  private lost: CommitFailure | undefined;
  private readonly pending: ((result: CommitResult) => void)[] = [];
  private watchdog: NodeJS.Timeout | undefined;
  private answered = 0;

  constructor(
    private readonly settings: WorkerSettings,
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
    // Ended from here: Deno's port cannot be closed from inside of a worker.
    await new Promise<void>((resolve) => {
      worker.removeAllListeners('message').on('message', () => resolve());
      worker.removeAllListeners('exit').once('exit', () => resolve());
      worker.postMessage('close');
    });
    await worker.terminate();
  }

  private start(): Worker {
    const worker = new Worker(program(), {
      eval: true,
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
    worker.on('error', (error) => this.lose(`the commit thread died (${error.message})`));
    worker.on('exit', () => this.lose('the commit thread ended'));
    worker.unref();
    return worker;
  }

  private watch(): void {
    if (this.watchdog) this.watchdog.refresh();
    else this.watchdog = setTimeout(() => this.expire(), this.commitTimeout).unref();
  }

  /** A process that was suspended runs its timers before it sees the answers that arrived meanwhile: give those a turn first. */
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
    this.lose(`a commit took longer than ${this.commitTimeout} ms`);
    void this.worker?.terminate();
  }

  /** Whatever was sent may or may not be stored, now or later. */
  private lose(what: string): void {
    this.lost ??= { code: 'STORE_LOST_WRITER', what, fix: 'find out why', stored: 'unknown', lasting: true };
    for (const resolve of this.pending.splice(0)) resolve({ failure: this.lost });
  }
}
