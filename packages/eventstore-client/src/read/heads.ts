import type { Connection } from '../connection/connection';
import { EVERYTHING } from '../format/filter';
import { logRequest } from '../format/messages';
import { rowsOf } from './reads';

/** Where the log ends, as far as is known here. Rows that nobody is shown do not count. */
export class Heads {
  private readonly watchers = new Set<() => void>();
  private last = 0;
  private running: Promise<number> | undefined;
  private following: Promise<number> | undefined;

  constructor(private readonly connection: Connection) {}

  /** The log reaches at least this far. */
  get known(): number {
    return this.last;
  }

  learn(position: number): void {
    if (position <= this.last) return;
    this.last = position;
    for (const watcher of this.watchers) watcher();
  }

  /** Calls `watcher` whenever the log is known to have grown; the returned function ends that. */
  watch(watcher: () => void): () => void {
    this.watchers.add(watcher);
    return () => void this.watchers.delete(watcher);
  }

  /** The head as of now: those that ask while a read is in flight share the next one. */
  fresh(): Promise<number> {
    if (!this.running) return (this.running = this.read());
    return (this.following ??= this.running
      .catch(() => undefined)
      .then(() => {
        this.following = undefined;
        return (this.running = this.read());
      }));
  }

  /** A server that answers from a replica may lag behind what is known here: the head never moves back. */
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
