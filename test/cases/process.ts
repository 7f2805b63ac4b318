import type { Answer, Message, Outcome } from '@waybill/core';
import type { System } from '@waybill/core/internal';
import type { FaultyStore } from './faulty-store';
import type { History } from './history';
import type { ProcessRuntime } from './runtime';

/** One run of the system on the log of a case, until it is stopped or killed. */
export class Process {
  readonly outcomes: Outcome[] = [];
  failure: unknown;
  /** Stopped or killed. */
  ended = false;
  killed = false;

  constructor(
    readonly name: string,
    private readonly history: History,
    /** Lets time pass until the promise has ended. */
    private readonly drive: <T>(promise: Promise<T>) => Promise<T>,
    readonly store: FaultyStore,
    readonly runtime: ProcessRuntime,
    readonly system: System,
  ) {}

  /** Until all that the log holds has its outcome here. */
  settled(): Promise<void> {
    return this.drive(this.system.settled());
  }

  send(actor: string, command: Message, id: string): Promise<Answer> {
    return this.drive(this.sending(actor, command, id));
  }

  /** Without letting time pass. */
  sending(actor: string, command: Message, id: string): Promise<Answer> {
    this.history.handedOver(id, this.runtime.now());
    return this.system.send(actor, command, id);
  }

  /** As SIGKILL: no call ends, no timer fires, nothing is saved. */
  kill(): void {
    if (!this.ended) this.history.deaths++;
    this.killed ||= !this.ended;
    this.ended = true;
    this.store.die();
    this.runtime.kill();
  }

  /** Until a fault has killed it. */
  async died(): Promise<void> {
    await this.drive(this.store.died);
    this.kill();
  }

  async stop(): Promise<void> {
    this.ended = true;
    await this.drive(this.system.stop());
    if (this.runtime.timers > 0)
      this.history.problems.push(`I14: ${this.runtime.timers} timers of worker ${this.name} are open after its stop`);
  }

  /** How many outcomes of each kind were published. */
  published(): Record<string, number> {
    const counts: Record<string, number> = {};
    for (const { kind } of this.outcomes) counts[kind] = (counts[kind] ?? 0) + 1;
    return counts;
  }

  /** Kinds of the outcomes so far, in order. */
  kinds(): string[] {
    return this.outcomes.map(({ kind }) => kind);
  }
}
