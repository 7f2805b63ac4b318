import type { Recorded, Store, WaybillError, Write, Written } from '@waybill/core';
import { checkWrites } from '@waybill/core/store-kit';
import type { Checkpoint, CheckpointAt, Page, Query } from '@waybill/core/store-kit';
import { arrive, overtake } from './appends';
import type { Process } from './process';
import { Reader } from './reader';
import { keysOf, snapshotOf, viewsOf } from './side-tables';
import type { Call } from './side-tables';
import { busy, unknownOutcome, wentBack } from './store-errors';
import type { World } from './world';

const AT_APPEND = ['busy', 'timeout', 'late', 'race'] as const;
const AT_ANSWER = ['lostAnswer'] as const;
const AT_CALL = ['busy'] as const;
const AT_CHECKPOINT = ['forget'] as const;

/** The disk as one process of a worker sees it: every call is a task of the scheduler, and may fail in every way that the port allows. */
export class SimulatedStore implements Store {
  readonly id: string;
  readonly guarantee = 'simulated';
  /** Append calls that write to an actor's stream, and writes of views. */
  writes = 0;
  /** Calls that change something and have no answer yet. */
  open = 0;

  constructor(
    private readonly world: World,
    private readonly process: Process,
  ) {
    this.id = world.disk.id;
  }

  append(writes: readonly Write[]): Promise<readonly Written[]> {
    const { world, process } = this;
    return this.answered<readonly Written[]>((answer, refuse) => {
      if (world.isStale(process)) return world.submit(process, 'is refused', () => refuse(wentBack()), 'local');
      checkWrites(writes);
      if (writes.some(({ stream }) => world.facts.actorOf(stream))) this.writes++;
      this.open++;
      const resolve = (written: readonly Written[]): void => {
        this.open--;
        answer(written);
      };
      const reject = (error: WaybillError): void => {
        this.open--;
        refuse(error);
      };
      const failed = (error: WaybillError): void => world.submit(process, 'learns of a failed append', () => reject(error), 'local');
      const arrives = (): void => {
        if (world.isStale(process)) return failed(wentBack());
        const struck = world.strike('append', AT_APPEND);
        if (struck === 'busy') return failed(busy());
        if (struck === 'timeout') return failed(unknownOutcome());
        if (struck === 'late') {
          world.scheduler.after(
            process,
            world.someTime(),
            'append arrives late',
            () => world.isStale(process) || arrive(world, process, writes),
            'sent',
          );
          return failed(unknownOutcome());
        }
        if (struck === 'race') overtake(world, writes);
        arrive(world, process, writes, (written) => {
          world.submit(
            process,
            'hears of its append',
            () => (world.strike('answer', AT_ANSWER) ? reject(unknownOutcome()) : resolve(written)),
            'local',
          );
        });
      };
      world.submit(process, 'append', arrives, 'sent');
    });
  }

  read(stream: string, from?: number, limit?: number): Promise<readonly Recorded[]> {
    return this.call(
      () => `reads ${stream}`,
      () => this.world.disk.read(stream, from, limit),
    );
  }

  rowAt(position: number): Promise<Recorded | undefined> {
    return this.call(
      () => `reads the row at ${position}`,
      () => this.world.disk.rowAt(position),
    );
  }

  truncate(stream: string, before: number): Promise<void> {
    return this.call(
      () => `truncates ${stream} before ${before}`,
      () => this.world.disk.truncate(stream, before),
    );
  }

  subscribe(query: Query, signal: AbortSignal): AsyncIterable<Page> {
    return new Reader(this.world, this.process, query, signal);
  }

  head(): Promise<number> {
    return this.call(
      () => 'asks for the head',
      () => this.world.disk.head,
    );
  }

  holds({ position, id }: Pick<Recorded, 'position' | 'id'>): Promise<boolean> {
    return this.call(
      () => `asks whether ${id} is at ${position}`,
      () => this.world.disk.rowAt(position)?.id === id,
    );
  }

  checkpoint(consumer: string): Checkpoint {
    const { world, process } = this;
    const { disk } = world;
    return {
      load: () =>
        this.call(
          () => `loads the checkpoint of ${short(consumer)}`,
          () => {
            if (world.strike('load', AT_CHECKPOINT)) disk.rewind(consumer, 0);
            return disk.checkpoint(consumer);
          },
        ),
      save: (at) =>
        this.call(
          () => `saves the checkpoint of ${short(consumer)} at ${at.position}`,
          () => {
            disk.mustBePlace(at);
            world.checker.ledger.saving(process.name, consumer, at);
            if (!world.strike('save', AT_CHECKPOINT)) disk.save(consumer, at);
          },
        ),
      rewind: (position): Promise<CheckpointAt> =>
        this.call(
          () => `rewinds ${short(consumer)} to ${position}`,
          () => disk.rewind(consumer, position),
        ),
    };
  }

  snapshot(stream: string) {
    return snapshotOf(this.caller, this.world, stream);
  }

  get views() {
    return viewsOf(this.caller, this.world, this.process.name, () => this.writes++);
  }

  get keys() {
    return keysOf(this.caller, this.world);
  }

  private readonly caller: Call = (what, effect) => this.call(what, effect);

  /** The disk outlives its users. */
  close(): Promise<void> {
    return Promise.resolve();
  }

  private call<T>(what: () => string, effect: () => T | Promise<T>): Promise<T> {
    const { world, process } = this;
    return this.answered<T>((resolve, reject) => {
      world.submit(process, 'call', () => {
        world.say(process, what);
        if (world.isStale(process)) return reject(wentBack());
        if (world.strike('call', AT_CALL)) return reject(busy());
        try {
          resolve(effect());
        } catch (error) {
          reject(error as WaybillError);
        }
      });
    });
  }

  /** A dead process gets no answer, ever. */
  private answered<T>(ask: (resolve: (value: T | Promise<T>) => void, reject: (error: WaybillError) => void) => void): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (!this.process.dead) ask(resolve, reject);
    });
  }
}

const short = (consumer: string): string => consumer.split(':')[0] as string;
