import type { ActorDefinition } from '../actors/definition';
import { streamOf } from '../actors/stream-of';
import { codeOf, isTransient } from '../base/errors';
import { reasonOf } from '../flow/answer';
import type { ConsumerContext } from '../flow/context';
import { publish, type Result } from '../flow/outcome';
import { metaOf } from '../history/codec';
import type { Noted } from '../history/rows';
import type { ParkedRow, Signature } from '../parking/parked-message';
import type { OpenParks, ParkingKind, Retried } from '../parking/parked-messages';
import { messageTypeOf } from '../store/hidden-rows';
import type { Recorded, ViewWrite, Views } from '../store/port';
import { foldRow, foldState, stateOf, textOf } from './fold';
import { causeOf, noteOn, type Line, type ParkStreams } from './park-streams';
import { blockedText, rowStateOf, type Blockage, type RowState } from './row';

/** A row that is held up, and its parked events. */
interface Held {
  readonly state: RowState;
  readonly blockage: Blockage;
  readonly line: Line;
  /** Versions of the events in line, in order. */
  readonly open: ReadonlySet<number>;
}

/** What an operator decided about one parked event: the note in its park stream, and the result of the release. */
interface Resolution {
  readonly row: Recorded;
  readonly note: Noted;
  readonly result: Result;
}

/** For a row that is not held up. */
const NOTHING: OpenParks = { versions: new Set(), line: [], retry: async () => undefined, skip: async () => undefined };

/**
 * Events that one generation of a projection has parked: for a row that they hold up, or alone, if no row could be computed.
 * Each step appends notes to the park stream at the version that was read, then writes the row by compare-and-set on the
 * position that was read: if either changed meanwhile, it starts again. A note whose row was not written, as when the process
 * died in between, has no effect: the row alone says what is open. For an event without a row, its note does.
 */
export class ProjectionParking implements ParkingKind {
  constructor(
    private readonly definition: ActorDefinition,
    private readonly views: Views,
    private readonly context: ConsumerContext,
    private readonly view: string,
    private readonly parks: ParkStreams,
    /** Everything at or below this position is finished. */
    private readonly low: () => number,
  ) {}

  owns(stream: string): boolean {
    return this.parks.owns(stream);
  }

  async look(stream: string): Promise<OpenParks | undefined> {
    if (!this.owns(stream)) return undefined;
    const key = this.parks.keyOf(stream);
    return key === undefined ? this.lookAlone(stream) : this.lookRow(stream, key);
  }

  private async lookRow(stream: string, key: string): Promise<OpenParks> {
    const state = rowStateOf(key, (await this.views.load(this.view, [key]))[0]);
    const { blockage } = state;
    if (!blockage) return NOTHING;
    const line = await this.parks.line(stream, blockage.from, blockage.head);
    const open = new Set(line.parked.keys());
    for (const skipped of blockage.skipped ?? []) open.delete(skipped);
    return this.openOf({ state, blockage, line, open });
  }

  private openOf(held: Held): OpenParks {
    return {
      versions: held.open,
      line: [...held.open],
      retry: (rows, signature) => this.retry(held, rows, signature),
      skip: async (row, signature) => {
        const skip = skipped(row, signature);
        return (await this.put(held, held.state.row, [skip])) && this.ended(skip);
      },
    };
  }

  /**
   * Folds in order, up to the first that throws; they must begin with the first in line. A row that is too large after one event
   * and fits again after a later one is written as it is then.
   */
  private async retry(held: Held, rows: readonly ParkedRow[], signature: Signature): Promise<Retried | undefined> {
    const [head] = held.open;
    let [folded, fits] = [held.state.row, 0];
    let state: unknown;
    let failure: Resolution | undefined;
    for (const [i, { row, message, invalid }] of rows.entries()) {
      let isFolded = false;
      try {
        if (i === 0 && row.version !== head) throw new Error(`behind the parked message at version ${head}`);
        if (!message) throw new Error(invalid);
        if (i === 0) state = stateOf(this.definition, folded);
        state = foldState(this.definition, state, messageTypeOf(row.type), message);
        isFolded = true;
        folded = textOf(state);
        [fits, failure, state] = [i + 1, undefined, stateOf(this.definition, folded)];
      } catch (error) {
        failure ??= failed(row, signature, error);
        if (!isFolded || codeOf(error) !== 'CONTENT_TOO_LARGE') break;
      }
    }
    const resolutions = rows.slice(0, fits).map(({ row }) => released(row, signature, { kind: 'applied' }));
    if (failure) resolutions.push(failure);
    const left = await this.put(held, folded, resolutions);
    return left && { results: resolutions.map((resolution) => this.ended(resolution)), left };
  }

  /** Resolves with what is left in line; undefined if the stream or the row changed meanwhile, and the decision is void. */
  private async put(held: Held, row: string | undefined, resolutions: readonly Resolution[]): Promise<OpenParks | undefined> {
    const { state, blockage, line } = held;
    const notes = resolutions.map(({ note }) => note);
    const end = await this.parks.append(line, notes);
    if (!end) return undefined;
    const { key, position: expected } = state;
    const gone = new Set(notes.flatMap(({ park, of }) => (park === 'retried' ? [] : of)));
    const open = new Set([...held.open].filter((version) => !gone.has(version)));
    const [head] = open;
    if (head === undefined) return (await this.write({ key, row, position: line.last, expected })) ? NOTHING : undefined;
    const from = [...line.parked].reduce((passed, [version, position]) => (version < head ? position : passed), blockage.from);
    const skips = notes.flatMap(({ park, of }) => (park === 'skipped' ? of : []));
    const skipped = [...(blockage.skipped ?? []), ...skips].filter((version) => version > head);
    const next = { from, last: line.last, head, version: end.version, skipped };
    if (!(await this.write({ key, row, blocked: blockedText(next), position: end.position, expected }))) return undefined;
    const after = { key, row, position: end.position, blockage: next };
    return this.openOf({ state: after, blockage: next, line: { ...line, ...end }, open });
  }

  private async lookAlone(stream: string): Promise<OpenParks | undefined> {
    const line = await this.parks.line(stream, 0);
    const open = [...line.parked.keys()].filter((version) => !line.noted.has(version));
    if (open.length === 0) return undefined;
    const put = async (resolution: Resolution) => (await this.parks.append(line, [resolution.note])) && this.ended(resolution);
    return {
      versions: new Set(open),
      line: open,
      retry: async ([parked], signature) => {
        const result = await put(await this.foldLate(parked as ParkedRow, signature));
        return result && { results: [result], left: await this.lookAlone(stream) };
      },
      skip: (row, signature) => put(skipped(row, signature)),
    };
  }

  /** Folds it into the row that its key names now, unless later events are in there: then only a rebuild can put it in its place. */
  private async foldLate({ row: event, message, invalid }: ParkedRow, signature: Signature): Promise<Resolution> {
    const { position } = causeOf(event);
    const stays = (error: unknown): Resolution => failed(event, signature, error);
    const ends = (result: Result): Resolution => released(event, signature, result);
    if (!message) return stays(invalid);
    for (;;) {
      try {
        const key = streamOf(this.definition, message)?.slice(this.definition.name.length + 1);
        if (key === undefined) return ends({ kind: 'discarded', reason: 'it is for no row' });
        const { row, position: expected, blockage } = rowStateOf(key, (await this.views.load(this.view, [key]))[0]);
        if (expected === position) return ends({ kind: 'duplicate' });
        if (blockage) return stays('its row is held up: release that first');
        if (expected > position) return stays('its row has gone past it: skip it, or rebuild the projection');
        if (this.low() < position) return stays('events before it are still under way');
        const next = foldRow(this.definition, row, messageTypeOf(event.type), message);
        if (await this.write({ key, row: next, position, expected })) return ends({ kind: 'applied' });
      } catch (error) {
        if (isTransient(error)) throw error;
        return stays(error);
      }
    }
  }

  private async write(write: ViewWrite): Promise<boolean> {
    return (await this.views.write(this.view, [write]))[0] === true;
  }

  /** Publishes a durable result: a release counts as a delivery of its own. */
  private ended({ row, result }: Resolution): Result {
    const { outcomes } = this.context;
    outcomes.receive();
    publish(outcomes, this.definition.name, { type: messageTypeOf(row.type), cause: causeOf(row), stream: row.stream }, result);
    return result;
  }
}

function released(row: Recorded, signature: Signature, result: Result): Resolution {
  return { row, note: noteOn(row, 'released', { ...signature, reason: result.reason }), result };
}

function failed(row: Recorded, signature: Signature, error: unknown): Resolution {
  const { reason, stack } = reasonOf(error);
  const attempts = (metaOf(row).attempts ?? 0) + 1;
  return { row, note: noteOn(row, 'retried', { ...signature, reason, stack, attempts }), result: { kind: 'parked', reason } };
}

function skipped(row: Recorded, { by, why }: Signature): Resolution {
  return { row, note: noteOn(row, 'skipped', { by, why }), result: { kind: 'discarded', reason: `skipped by ${by}: ${why}` } };
}
