import { isUnknownOutcome, show, WaybillError } from '@waybill/core/store-kit';
import type { Expected, Written } from '@waybill/core/store-kit';
import type { Connection } from '../connection/connection';
import { isRetryable } from '../connection/connection';
import { asError, failureOf, unknownOutcome } from '../connection/failure';
import type { Append } from '../format/messages';
import { streamRequest } from '../format/messages';
import { rowsOf } from '../read/reads';
import { Gate } from './gate';
import type { Answer } from './unplaced';

/** One way to send an append to the server. Rejects with the error of the call. */
export type AppendPath = (append: Append) => Promise<Answer>;

/** Each append gets a certain answer or STORE_UNKNOWN_OUTCOME: it is repeated with the same ids at the same version, never at another. */
export class Appender {
  private readonly gate: Gate;

  constructor(
    private readonly connection: Connection,
    private readonly path: AppendPath,
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

  /** Sends all of them; each succeeds or fails alone, and they are combined into the one answer that the port promises. */
  async all(appends: readonly Append[]): Promise<readonly Written[]> {
    if (appends.length === 1) return [await this.append(appends[0]!)];
    const settled = await Promise.allSettled(appends.map((append) => this.append(append)));
    const written = settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    const errors = settled.flatMap((one) => (one.status === 'rejected' ? [one.reason as WaybillError] : []));
    const [first] = errors;
    if (!first) return written;
    const worst = errors.find(({ code }) => code === TORN) ?? errors.find(isUnknownOutcome);
    if (worst) throw worst;
    if (written.some(({ ok }) => ok)) throw unknownOutcome(`part of it was stored and part was not: ${first.message}`);
    throw first;
  }

  private async settle(append: Append): Promise<Written> {
    const end = performance.now() + 2 * this.connection.settings.deadline;
    let isOpen = false;
    for (let attempt = 0; ; attempt++) {
      try {
        const written = await this.path(append);
        if ('isHidden' in written) return { ok: false, actual: written.actual };
        if (written.ok || !(isOpen || mayBeDeleted(append, written.actual))) return written;
        isOpen = true;
        return (await this.ours(append)) ?? written;
      } catch (error) {
        const failure = failureOf(error);
        if (failure.kind === 'unknown' && !failure.unsent) isOpen = true;
        if (isRetryable(failure) && (await this.connection.mayRepeat(failure, attempt, end))) continue;
        if (error instanceof WaybillError && error.code === TORN) throw error;
        const failed = asError(failure, this.connection.place);
        throw isOpen ? unknownOutcome(failed.message) : failed;
      }
    }
  }

  /** After an unknown outcome, the first attempt itself may be why the version is refused: then its rows are in their place. */
  private async ours({ stream, expected, events }: Append): Promise<Written | undefined> {
    const from = expected === 'none' ? 0 : expected + 1;
    const rows = await rowsOf(this.connection, streamRequest(stream, from, events.length));
    if (rows[0]?.id !== events[0]?.id) return undefined;
    const last = rows.at(-1);
    if (!last || rows.length < events.length || !events.every(({ id }, i) => id === rows[i]?.id)) throw torn(stream);
    return { ok: true, version: last.version, position: last.position };
  }
}

/** A soft-deleted stream begins again after its old versions, where the server does not recognise a retry of its first append. */
function mayBeDeleted({ expected, events }: Append, actual: Expected): boolean {
  return expected === 'none' && actual !== 'none' && actual >= events.length;
}

const TORN = 'STORE_TORN_APPEND';

/** Going on would lose the rest of the append. */
function torn(stream: string): WaybillError {
  const what = `the server has stored only a part of an append (stream ${show(stream)})`;
  return new WaybillError(TORN, what, 'stop, and find out what serves this log: an append is stored whole or not at all');
}
