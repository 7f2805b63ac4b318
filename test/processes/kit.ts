import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { sqlite } from '@waybill/sqlite';
import type { LogFields, NewEvent, OutcomeKind, Store } from 'waybill';
import { seeded } from '../cases/runtime';
import { openDatabase } from '../database';

export type Point = 'shown' | 'loaded' | 'decided' | 'sent' | 'in the transaction' | 'committed' | 'answered' | 'saving';

export interface CommandLine {
  readonly type: 'SubmitOrder' | 'AddItem' | 'AcceptOrder';
  readonly data: object;
  readonly id: string;
}

export interface Job {
  readonly place: string;
  readonly use?: readonly ('Orders' | 'OpenOrders' | 'MailOnShipment' | 'Shipping')[];
  readonly busyTimeout?: number;
  readonly slowMail?: number;
  readonly limits?: object;
  readonly hold?: { readonly point: Point; readonly nth: number; readonly stream?: string; readonly marker?: string };
  readonly commands?: readonly CommandLine[];
  readonly until?: 'settled' | 'signal';
}

export interface Answered {
  readonly id: string;
  readonly stream?: string;
  readonly version?: number;
  readonly events?: readonly { readonly type: string }[];
  readonly error?: string;
}

/** What a process says, one of these at a time. */
export interface Fact {
  readonly at?: Point;
  readonly started?: readonly { readonly consumer: string; readonly position: number }[];
  readonly outcome?: readonly [consumer: string, kind: OutcomeKind, place: number | string];
  readonly answer?: Answered;
  readonly mail?: string;
  readonly log?: readonly [level: string, text: string, facts: LogFields];
  readonly failed?: string;
  readonly stopped?: {
    readonly counts: Readonly<Record<OutcomeKind | 'received' | 'waiting', number>>;
    readonly progress: readonly { readonly consumer: string; readonly position: number }[];
    readonly late?: string;
  };
}

const alive = new Set<Child>();

/** A process on the log, and what it has said so far. */
export class Child {
  readonly facts: Fact[] = [];
  readonly ended: Promise<number | string>;
  private readonly process;
  private readonly listeners = new Set<() => void>();

  constructor(job: Job) {
    this.process = spawn(process.execPath, [join(__dirname, 'worker.js'), JSON.stringify(job)], { stdio: ['ignore', 'pipe', 'inherit'] });
    alive.add(this);
    createInterface({ input: this.process.stdout }).on('line', (line) => {
      this.facts.push(JSON.parse(line) as Fact);
      for (const look of this.listeners) look();
    });
    this.ended = new Promise((resolve) =>
      this.process.once('close', (code, signal) => {
        alive.delete(this);
        resolve(code ?? signal ?? '');
        for (const look of this.listeners) look();
      }),
    );
  }

  /** Resolves when it has said something of that kind so many times. @throws when it ends before that. */
  async says(is: (fact: Fact) => boolean, times = 1): Promise<void> {
    for (;;) {
      if (this.facts.filter(is).length >= times) return;
      if (!alive.has(this)) throw new Error(`the process ended, and had said ${JSON.stringify(this.facts.slice(-5))}`);
      await new Promise<void>((resolve) => {
        const look = (): void => {
          this.listeners.delete(look);
          resolve();
        };
        this.listeners.add(look);
      });
    }
  }

  signal(name: NodeJS.Signals): void {
    this.process.kill(name);
  }

  /** Stands still as a whole when this resolves, outside of any transaction on this file. */
  async freezeBeside(file: string): Promise<void> {
    const lock = openDatabase(file);
    try {
      lock.exec('BEGIN IMMEDIATE');
      await this.freeze();
    } finally {
      lock.close();
    }
  }

  /** Stands still as a whole when this resolves. */
  async freeze(): Promise<void> {
    this.signal('SIGSTOP');
    const stat = `/proc/${this.process.pid}/stat`;
    if (!existsSync(stat)) return delay(100);
    while (!/\) [Tt] /.test(readFileSync(stat, 'utf8'))) await delay(2);
  }

  /** What became of messages at a consumer: [kind, position]. */
  outcomes(consumer: string): (readonly [OutcomeKind, number | string])[] {
    return this.facts.flatMap(({ outcome }) => (outcome?.[0] === consumer ? [[outcome[1], outcome[2]] as const] : []));
  }

  get answers(): Answered[] {
    return this.facts.flatMap(({ answer }) => (answer ? [answer] : []));
  }

  lines(level: string): (readonly [string, LogFields])[] {
    return this.facts.flatMap(({ log }) => (log?.[0] === level ? [[log[1], log[2]] as const] : []));
  }

  get stopped(): NonNullable<Fact['stopped']> {
    const last = this.facts.find(({ stopped }) => stopped)?.stopped;
    if (!last) throw new Error(`it has not stopped in good order: ${JSON.stringify(this.facts.slice(-3))}`);
    return last;
  }
}

/** Ends whatever still runs, also what stands still. */
export async function endAll(): Promise<void> {
  const left = [...alive];
  for (const child of left) child.signal('SIGKILL');
  await Promise.all(left.map(({ ended }) => ended));
}

export class Folder {
  private readonly path = mkdtempSync(join(tmpdir(), 'waybill-processes-'));
  file(name = 'log.db'): string {
    return join(this.path, name);
  }
  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

/** A log in a file of its own for each test; no child outlives the test. */
export function ownLog(): { readonly folder: Folder; readonly place: string; readonly store: Store } {
  const log = {} as { folder: Folder; place: string; store: Store };
  beforeEach(() => {
    log.folder = new Folder();
    log.place = log.folder.file();
    log.store = sqlite(log.place);
  });
  afterEach(async () => {
    await endAll();
    await log.store.close();
    log.folder.remove();
  });
  return log;
}

/** Of each order S, its items and A, one in four sent again under a new id, all of it shuffled within `spread` places. */
export function feedOf(from: number, orders: number, seed: number, spread = 60): NewEvent[] {
  const random = seeded(seed);
  const placed: [number, string, object][] = [];
  for (let n = from; n < from + orders; n++) {
    const orderId = `o-${n}`;
    const itemCount = 1 + (n % 4);
    const all: [string, object][] = [['OrderSubmitted', { orderId, customerId: `c-${n}` }]];
    for (let index = 0; index < itemCount; index++) all.push(['ItemAdded', { orderId, index, sku: 'apple', quantity: 1 }]);
    all.push(['OrderAccepted', { orderId, itemCount }]);
    for (const [type, data] of all)
      for (let copies = random() < 0.25 ? 2 : 1; copies > 0; copies--) placed.push([n * 6 + random() * spread, type, data]);
  }
  const time = Date.now();
  return placed
    .sort(([a], [b]) => a - b)
    .map(([, type, data]) => ({ id: randomUUID(), type, data: JSON.stringify(data), meta: '{}', time }));
}
