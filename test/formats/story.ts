import type { AppOptions, Store, UseClass } from 'waybill';
import { feed, Run } from './kit';
import type { Commands, Fed, Sent } from './kit';
import { mortal } from './mortal';
import type { Time } from './time';

/** How a file was written: read it to know what is in there. */
export interface Story {
  readonly use: readonly UseClass[];
  readonly commands?: Commands;
  readonly options?: Partial<AppOptions>;
  /** Of messages with a business key: what has the same key, and says something else. */
  readonly contradiction?: (message: Fed) => Fed;
  write(pen: Pen): Promise<void>;
}

/** What a story writes with: one log, on which one process runs after the other. */
export class Pen {
  readonly sent: Sent[] = [];

  constructor(
    private readonly story: Story,
    readonly store: Store,
    readonly time: Time,
  ) {}

  feed(...messages: readonly Fed[]): Promise<string[]> {
    return feed(this.store, this.time, messages);
  }

  /** A process that works off what the log holds, does the rest, and stops in good order. */
  async run(body: (run: Run) => Promise<void> = async () => undefined, use = this.story.use): Promise<void> {
    const run = await Run.start(this.store, this.time, use, this.story.options);
    await run.settled();
    await body(run);
    await run.settled();
    await run.stop();
  }

  async send(run: Run, id: string, type: string, data: Sent['data']): Promise<void> {
    await run.send(this.story.commands ?? {}, { id, type, data });
    this.sent.push({ id, type, data });
  }

  /**
   * A process that is killed on the way: by `die`, or once it has appended a row of the type `last`, before it hears of it.
   * Nothing of it goes on.
   */
  async killed(use: readonly UseClass[], { last, dying }: { last?: string; dying?: (die: () => void) => void }): Promise<void> {
    const { store, die, died } = mortal(this.store, last);
    dying?.(die);
    await Run.start(store, this.time, use, this.story.options);
    await this.time.until(died);
    this.time.kill();
  }
}
