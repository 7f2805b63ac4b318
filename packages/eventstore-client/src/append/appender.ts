import { isUnknownOutcome, show, WaybillError } from '@waybill/core';
import type { Expected, Written } from '@waybill/core';
import type { Connection } from '../connection/connection';
import { passes } from '../connection/connection';
import { asError, failureOf, unknownOutcome } from '../connection/failure';
import { Gate } from './gate';
import type { Append } from '../format/messages';
import { streamRequest } from '../format/messages';
import { rowsOf } from '../read/reads';

/** One way to the server for an append. Rejects with the error of the call. */
export type Lane = (append: Append) => Promise<Written>;

/** Appends that are answered for sure or told to be of unknown outcome: repeated with the same ids at the same version, never another. */
export class Appender {
  private readonly gate: Gate;

  constructor(
    private readonly connection: Connection,
    private readonly lane: Lane,
  ) {
    this.gate = new Gate(connection.settings.maxInFlight);
  }

  /** @throws WaybillError `STORE_UNKNOWN_OUTCOME`; any other code: nothing was stored */
  async append(append: Append): Promise<Written> {
    const turn = this.gate.enter();
    if (turn) await turn;
    try {
      return await this.settle(append);
    } finally {
      this.gate.leave();
    }
  }

  /** All of them, each standing or falling alone; as one answer of the kind that the port promises. */
  async all(appends: readonly Append[]): Promise<readonly Written[]> {
    if (appends.length === 1) return [await this.append(appends[0]!)];
    const settled = await Promise.allSettled(appends.map((append) => this.append(append)));
    const written = settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    const errors = settled.flatMap((one) => (one.status === 'rejected' ? [one.reason as WaybillError] : []));
    const [first] = errors;
    if (!first) return written;
    const worst = errors.find(({ code }) => code === TORN) ?? errors.find(isUnknownOutcome);
    if (worst) throw worst;
    if (written.some(({ ok }) => ok)) throw unknownOutcome(`a part of it was stored, another was not: ${first.message}`);
    throw first;
  }

  private async settle(append: Append): Promise<Written> {
    const end = performance.now() + 2 * this.connection.settings.deadline;
    let isOpen = false;
    for (let attempt = 0; ; attempt++) {
      try {
        const written = await this.lane(append);
        if (written.ok || !(isOpen || mayBeDeleted(append, written.actual))) return written;
        isOpen = true;
        return (await this.ours(append)) ?? written;
      } catch (error) {
        const failure = failureOf(error);
        if (failure.kind === 'unknown') isOpen = true;
        if (passes(failure) && (await this.connection.mayRepeat(failure, attempt, end))) continue;
        if (error instanceof WaybillError && error.code === TORN) throw error;
        const told = asError(failure, this.connection.place);
        throw isOpen ? unknownOutcome(told.message) : told;
      }
    }
  }

  /** After an unknown outcome a refused version may be the work of the first attempt: then its rows stand at their place. */
  private async ours({ stream, expected, events }: Append): Promise<Written | undefined> {
    const from = expected === 'none' ? 0 : expected + 1;
    const rows = await rowsOf(this.connection, streamRequest(stream, from, events.length));
    if (rows[0]?.id !== events[0]?.id) return undefined;
    const last = rows.at(-1);
    if (!last || rows.length < events.length || !events.every(({ id }, i) => id === rows[i]?.id)) throw torn(stream);
    return { ok: true, version: last.version, position: last.position };
  }
}

/** A stream that was deleted softly begins behind its old versions, where the server does not look for a retry of that beginning. */
function mayBeDeleted({ expected, events }: Append, actual: Expected): boolean {
  return expected === 'none' && actual !== 'none' && actual >= events.length;
}

const TORN = 'STORE_TORN_APPEND';

/** Going on would lose what the rest says. */
function torn(stream: string): WaybillError {
  const what = `the server has stored a part of one append only (stream ${show(stream)})`;
  return new WaybillError(TORN, what, 'stop, and find out what serves this log: an append is stored whole or not at all');
}
