import { retryTransient } from '../base/runtime';
import type { ConsumerContext } from '../flow/context';
import type { Checkpoint, CheckpointAt } from '../store/port';

/**
 * The checkpoint that says whether a consumer ever set a message aside, and how far the log was read for such rows. Until it is
 * set, a start reads nothing.
 */
export class WaitingMark {
  private readonly checkpoint: Checkpoint;
  private readonly stopped = new AbortController();
  private setting: Promise<void> | undefined;
  isSet = false;

  constructor(
    consumer: string,
    private readonly runtime: ConsumerContext['runtime'],
    store: ConsumerContext['store'],
  ) {
    this.checkpoint = store.checkpoint(`${consumer}:waiting`);
  }

  async load(): Promise<CheckpointAt> {
    const at = await this.checkpoint.load();
    this.isSet = at.epoch > 0;
    return at;
  }

  save(at: CheckpointAt): Promise<void> {
    return this.checkpoint.save(at);
  }

  /** Resolves once it is durable. @throws what the store throws: a transient failure only once it is stopping */
  async set(): Promise<void> {
    if (this.isSet) return;
    await (this.setting ??= this.rewind().finally(() => (this.setting = undefined)));
  }

  /** I14: nothing that waits for a next try is left. */
  async stop(): Promise<void> {
    this.stopped.abort();
    await this.setting?.catch(() => undefined);
  }

  private rewind(): Promise<void> {
    const { signal } = this.stopped;
    const once = async (): Promise<void> => {
      // A second `rewind`, of another process, changes nothing: the start of the log is what the next start reads from.
      if ((await this.checkpoint.load()).epoch === 0) await this.checkpoint.rewind(0);
      this.isSet = true;
    };
    return retryTransient(this.runtime, () => signal.aborted, once, signal);
  }
}
