import { wentBack } from '@waybill/core/store-kit';
import type { SeenRow } from '@waybill/core/store-kit';
import type { Connection } from '../connection/connection';
import { EVERYTHING } from '../format/filter';
import { logRequest, streamRequest } from '../format/messages';
import { streamName } from '../format/rows';
import { rowsFrom, rowsOf } from './reads';

/** How often a row that was seen is looked for where the log ends before it: a server that answers from a replica may lag behind. */
const LOOKS = 20;
const LOOK_MS = 100;

/** Where the log ends, as far as is known here. Rows that nobody is shown do not count. */
export class Heads {
  private readonly watchers = new Set<() => void>();
  private last = 0;
  /** The row at the last position that is known. */
  private newest: SeenRow | undefined;
  /** The newest before a call failed: whoever answers since may have another log, and its rows prove nothing about what was seen before. */
  private unproven: SeenRow | undefined;
  private holding: { readonly row: SeenRow; readonly answer: Promise<boolean> } | undefined;
  private running: Promise<number> | undefined;
  private following: Promise<number> | undefined;

  constructor(private readonly connection: Connection) {
    connection.onFailure(() => this.doubt());
  }

  /** The log reaches at least this far. */
  get known(): number {
    return this.last;
  }

  learn(row: SeenRow): void {
    const { stream, version, position, id } = row;
    if (position <= this.last) return;
    this.last = position;
    this.newest = { stream, version, position, id };
    for (const watcher of this.watchers) watcher();
  }

  /** A call has failed or ended. */
  doubt(): void {
    this.unproven ??= this.newest;
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

  /**
   * Throws if the log does not hold any more what was seen of it here: every place that this process knows may then be beyond what it
   * has lost, also once it has grown past that again.
   * @throws WaybillError `CHECKPOINT_AHEAD`
   */
  async mustHold(whose: string): Promise<void> {
    const row = this.unproven ?? this.newest;
    if (!row) return;
    if (this.holding?.row !== row) this.holding = { row, answer: this.holds(row) };
    const { holding } = this;
    const isHeld = await holding.answer.finally(() => {
      if (this.holding === holding) this.holding = undefined;
    });
    if (!isHeld) throw wentBack(whose, row, 'start again: what it holds is taken in from the checkpoints that it holds');
    if (this.unproven === row) this.unproven = undefined;
  }

  /** A row that was truncated, and scavenged, counts as held while later rows of its stream are there. */
  async holds({ stream, version, position, id }: SeenRow): Promise<boolean> {
    for (let looks = 1; ; looks++) {
      const [at] = await rowsFrom(this.connection, position);
      if (at?.position === position) return at.id === id;
      const [there] = await rowsOf(this.connection, streamRequest(streamName(stream), version, 1));
      if (there) return there.version === version ? there.id === id && there.position === position : there.position > position;
      if (at || looks >= LOOKS) return false;
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
  }

  /** A server that answers from a replica may lag behind what is known here: the head never moves back. */
  private async read(): Promise<number> {
    try {
      const [row] = await rowsOf(this.connection, logRequest('end', EVERYTHING.regex, 1));
      if (row) this.learn(row);
      return this.last;
    } finally {
      if (!this.following) this.running = undefined;
    }
  }
}
