import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import type { Fed } from './producer';
import type { Role } from './run';
import type { Glimpse } from './screen';

/** What a worker process tells its parent, and the one thing that it waits for. */
export type FromWorker =
  | { readonly kind: 'started' | 'produced' }
  | ({ readonly kind: 'glimpse' } & Omit<Glimpse, 'outcomes'>)
  | { readonly kind: 'refused'; readonly line: number; readonly reason: string }
  | { readonly kind: 'settled'; readonly fed: Fed };
export const FINISH = 'finish';
/** The place of the log, in a worker's environment. */
export const STORE = 'WAYBILL_SAMPLE_STORE';
/** Asks a worker to say what its app says. */
export const LOG = '--log';

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A worker ended on its own and has said why. */
export class WorkerFailed extends Error {
  constructor(readonly exit: Exit) {
    super(`a worker ended with ${exit.signal ?? `exit code ${exit.code}`}`);
  }
}

interface ChildJob {
  readonly store: string;
  /** Undefined: this process appends nothing. */
  readonly feed?: string;
  readonly log: boolean;
}

/** A worker process, seen from its parent. */
export class Child {
  readonly exit: Promise<Exit>;
  /** These are resolved at the latest when the process has ended. */
  readonly started: Promise<void>;
  /** It has appended something, or Shipping has got something. */
  readonly moving: Promise<void>;
  readonly produced: Promise<void>;
  glimpse: Omit<Glimpse, 'outcomes'> = { fed: { appended: 0, recognised: 0, refused: 0 }, received: 0, lag: 0 };
  fed: Fed | undefined;
  private readonly process: ChildProcess;

  constructor(role: Role, { store, feed, log }: ChildJob, onRefused: (line: number, reason: string) => void) {
    this.process = fork(join(__dirname, 'worker.js'), [role, ...(feed === undefined ? [] : [feed]), ...(log ? [LOG] : [])], {
      // Not among the arguments, which every user of the machine can list: it may hold a password.
      env: { ...process.env, [STORE]: store },
    });
    this.exit = new Promise((resolve, reject) => {
      this.process.once('error', reject);
      this.process.once('exit', (code, signal) => resolve({ code, signal }));
    });
    const told = (is: (message: FromWorker) => boolean): Promise<void> =>
      new Promise((resolve) => {
        this.process.on('message', (message: FromWorker) => is(message) && resolve());
        void this.exit.then(
          () => resolve(),
          () => resolve(),
        );
      });
    this.started = told(({ kind }) => kind === 'started');
    this.moving = told((message) => message.kind === 'glimpse' && message.fed.appended + message.received > 0);
    this.produced = told(({ kind }) => kind === 'produced');
    this.process.on('message', (message: FromWorker) => {
      if (message.kind === 'glimpse') this.glimpse = message;
      else if (message.kind === 'settled') this.fed = message.fed;
      else if (message.kind === 'refused') onRefused(message.line, message.reason);
    });
  }

  kill(): void {
    this.process.kill('SIGKILL');
  }
  /** It finishes what is under way, and ends. */
  stop(): void {
    this.process.kill('SIGTERM');
  }
  /** It may end when all is settled. */
  finish(): void {
    if (this.process.connected) this.process.send(FINISH, () => undefined);
  }

  /** @throws WorkerFailed when it did not come to its end. */
  async settled(): Promise<Fed> {
    const exit = await this.exit;
    if (exit.code !== 0 || !this.fed) throw new WorkerFailed(exit);
    return this.fed;
  }
}
