import type { Page, Query } from '@waybill/core/store-kit';
import type { Process } from './process';
import { IDLE } from './scheduler';
import { busy, wentBack } from './store-errors';
import type { World } from './world';

const AT_PAGE = ['busy'] as const;
const END: IteratorResult<Page> = { done: true, value: undefined };

/** One subscription: page by page, each look at the log a task. It sleeps while there is nothing new. */
export class Reader implements AsyncIterableIterator<Page> {
  private position = -1;
  private resolve: (page: IteratorResult<Page>) => void = () => undefined;
  private reject: (error: Error) => void = () => undefined;
  private asleep = false;
  private listens = false;

  constructor(
    private readonly world: World,
    private readonly process: Process,
    private readonly query: Query,
    private readonly signal: AbortSignal,
  ) {}

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** A dead process gets no page, ever. */
  next(): Promise<IteratorResult<Page>> {
    return new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
      if (this.signal.aborted) resolve(END);
      else if (!this.process.dead) this.ask();
    });
  }

  return(): Promise<IteratorResult<Page>> {
    return Promise.resolve(END);
  }

  private ask(): void {
    const news = this.world.disk.hasNews(this.query, this.position);
    this.world.submit(this.process, news ? 'page' : IDLE, this.look, news ? 'call' : 'local');
  }

  private readonly look = (): void => {
    const { world, process } = this;
    if (this.signal.aborted) return this.resolve(END);
    if (world.isStale(process)) return this.reject(wentBack());
    if (world.strike('page', AT_PAGE)) return this.reject(busy());
    const page = world.disk.page(this.query, this.position);
    if (!page) return this.sleep();
    world.say(process, () => `is shown ${page.events.length} messages up to position ${page.position}`);
    this.position = page.position;
    this.resolve({ done: false, value: page });
  };

  /** Until rows have become readable, or the subscription is aborted. */
  private sleep(): void {
    this.asleep = true;
    this.world.disk.waiting.add(this.wake);
    if (this.listens) return;
    this.listens = true;
    this.process.sleepers.add(() => this.world.disk.waiting.delete(this.wake));
    this.signal.addEventListener('abort', this.wake, { once: true });
  }

  private readonly wake = (): void => {
    if (!this.asleep) return;
    this.asleep = false;
    this.world.disk.waiting.delete(this.wake);
    if (!this.process.dead) this.ask();
  };
}
