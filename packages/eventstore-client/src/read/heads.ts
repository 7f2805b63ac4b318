import type { Connection } from '../connection/connection';
import { EVERYTHING } from '../format/filter';
import { logRequest } from '../format/messages';
import { rowsOf } from './reads';

/** Where the log ends, as far as it is known here. Rows that nobody is shown do not count. */
export class Heads {
  private readonly watchers = new Set<() => void>();
  private last = 0;
  private running: Promise<number> | undefined;
  private following: Promise<number> | undefined;

  constructor(private readonly connection: Connection) {}

  /** The log reaches at least to here. */
  get known(): number {
    return this.last;
  }

  learn(position: number): void {
    if (position <= this.last) return;
    this.last = position;
    for (const watcher of this.watchers) watcher();
  }

  /** Told whenever the log is known to have grown; the answer ends it. */
  watch(watcher: () => void): () => void {
    this.watchers.add(watcher);
    return () => void this.watchers.delete(watcher);
  }

  /** As of now: those who ask while one read is under way share the next one. */
  fresh(): Promise<number> {
    if (!this.running) return (this.running = this.read());
    return (this.following ??= this.running
      .catch(() => undefined)
      .then(() => {
        this.following = undefined;
        return (this.running = this.read());
      }));
  }

  /** A store that answers from a copy of the log may be behind what is known: positions never go back. */
  private async read(): Promise<number> {
    try {
      const [row] = await rowsOf(this.connection, logRequest('end', EVERYTHING.regex, 1));
      this.learn(row?.position ?? 0);
      return this.last;
    } finally {
      if (!this.following) this.running = undefined;
    }
  }
}
