import type { ActorDefinition } from '../actors/definition';
import { reasonOf } from '../flow/answer';
import type { Setting } from '../flow/context';
import { publish } from '../flow/outcome';
import type { Result } from '../flow/outcome';
import type { Cause } from '../history/cause';
import { readMessage } from '../history/read-message';
import type { Read } from '../history/read-message';
import { metaOf } from '../history/codec';
import { PARKED } from '../store/hidden-rows';
import type { Noted } from '../history/rows';
import type { AnyMessageClass } from '../messages/message';
import { notParked, rowAt } from '../parking/parked-message';
import type { Released, Signature } from '../parking/parked-message';
import type { Recorded, Store, ViewWrite, Views } from '../store/port';
import { foldRow } from './fold';
import { noteOn } from './park-streams';
import type { Line, ParkStreams } from './park-streams';
import { blockedText, standingOf } from './row';
import type { Block, Standing } from './row';

/** Messages that one step of a retry folds. */
const AT_ONCE = 100;

/** A row that is held up, with what is parked of it. */
interface Held {
  readonly standing: Standing;
  readonly block: Block;
  readonly line: Line;
  /** Versions of what is in line, in order. */
  readonly open: ReadonlySet<number>;
}

interface Step {
  readonly notes: readonly Noted[];
  readonly row: string | undefined;
  readonly folded: readonly Recorded[];
  readonly skipped?: number;
}

/**
 * What operators do with the events that hold a row up. Each step is notes in the park stream, behind the version that was
 * read, then the row by compare-and-set on the position that was read: who comes between makes it begin anew. A note whose
 * row was not written, as of a process that died, tells what somebody wanted and no more: the row alone says what is open.
 */
export class RowParking {
  constructor(
    private readonly definition: ActorDefinition,
    private readonly views: Views,
    private readonly setting: Setting,
    private readonly view: string,
    private readonly parks: ParkStreams,
  ) {}

  /** Versions of what is parked in the stream and holds its row up. */
  async open(stream: string): Promise<ReadonlySet<number>> {
    return (await this.held(stream))?.open ?? new Set();
  }

  /** All that hold the row up, in order, up to the first that throws again; of one `version`, only the first in line is folded. */
  async retry(stream: string, version: number | undefined, signature: Signature): Promise<Released> {
    const endings: Result[] = [];
    let held = await this.held(stream);
    for (;;) {
      if (version !== undefined && !held?.open.has(version)) throw notParked(stream, version);
      if (!held) return { endings, left: 0 };
      const { open } = held;
      const [head = 0] = open;
      const rows = await this.setting.store.read(stream, version ?? head, version === undefined ? AT_ONCE : 1);
      const wanted = rows.filter((row) => open.has(row.version));
      const step = await this.stepOf(held, head, wanted, signature);
      const put = await this.put(held, step);
      held = put ? put.left : await this.held(stream);
      if (!put) continue;
      for (const row of step.folded) endings.push(tell(this.setting, this.definition.name, row, { kind: 'applied' }));
      const failed = step.notes.find(({ park }) => park === 'retried');
      const stays = failed && wanted.find((row) => row.version === failed.of);
      if (stays) endings.push(tell(this.setting, this.definition.name, stays, { kind: 'parked', reason: failed.reason }));
      if (failed || version !== undefined) return { endings, left: held?.open.size ?? 0 };
    }
  }

  /** A decision that the message shall change nothing; the gap stays visible in the park stream. */
  async skip(stream: string, version: number, signature: Signature): Promise<Result> {
    for (;;) {
      const held = await this.held(stream);
      const [row] = held?.open.has(version) ? await this.setting.store.read(stream, version, 1) : [];
      if (!held || !row) throw notParked(stream, version);
      const notes = [noteOn(row, { note: 'skipped', ...signature })];
      if (await this.put(held, { notes, row: held.standing.row, folded: [], skipped: version })) {
        return tell(this.setting, this.definition.name, row, { kind: 'discarded', reason: `skipped by ${signature.by}: ${signature.why}` });
      }
    }
  }

  private async held(stream: string): Promise<Held | undefined> {
    const key = this.parks.keyOf(stream) as string;
    const [stored] = await this.views.load(this.view, [key]);
    const standing = standingOf(key, stored);
    const { block } = standing;
    if (!block) return undefined;
    const line = await this.parks.line(stream, block.from, block.head);
    const open = new Set(line.parked.keys());
    for (const skipped of block.skipped ?? []) open.delete(skipped);
    return { standing, block, line, open };
  }

  /** Folds in order, up to the first that throws. */
  private async stepOf({ standing }: Held, head: number, rows: readonly Recorded[], signature: Signature): Promise<Step> {
    const folded: Recorded[] = [];
    const notes: Noted[] = [];
    let { row } = standing;
    for (const parked of rows) {
      const read = await parkedMessageOf(this.setting.store, this.definition, parked);
      try {
        if (folded.length === 0 && parked.version !== head) throw new Error(`behind the parked message at version ${head}`);
        if (!read.message) throw new Error(read.invalid);
        row = foldRow(this.definition, row, parked.type.slice(PARKED.length), read.message);
      } catch (error) {
        const attempts = (metaOf(parked).attempts ?? 0) + 1;
        notes.push(noteOn(parked, { note: 'retried', ...signature, ...reasonOf(error), attempts }));
        return { notes, row, folded };
      }
      folded.push(parked);
      notes.push(noteOn(parked, { note: 'released', ...signature }));
    }
    return { notes, row, folded };
  }

  /** What is left in line; undefined when somebody came between, and what the step was made of is no more. */
  private async put({ standing, block, line, open }: Held, step: Step): Promise<{ readonly left: Held | undefined } | undefined> {
    const end = await this.parks.append(line, step.notes);
    if (!end) return undefined;
    const { key, position: expected } = standing;
    const { row } = step;
    const gone = new Set([step.skipped, ...step.folded.map(({ version }) => version)]);
    const left = new Set([...open].filter((version) => !gone.has(version)));
    const [head] = left;
    if (head === undefined) return (await this.write({ key, row, position: line.last, expected })) ? { left: undefined } : undefined;
    const from = [...line.parked].reduce((passed, [version, position]) => (version < head ? position : passed), block.from);
    const skipped = [...(block.skipped ?? []), step.skipped ?? -1].filter((version) => version > head);
    const next: Block = { from, last: line.last, head, version: end.version, skipped };
    if (!(await this.write({ key, row: blockedText(row, next), position: end.position, expected }))) return undefined;
    const after = { key, row, position: end.position, block: next };
    return { left: { standing: after, block: next, line: { ...line, ...end }, open: left } };
  }

  private async write(write: ViewWrite): Promise<boolean> {
    return (await this.views.write(this.view, [write]))[0] === true;
  }
}

/** What stands parked as a text was no valid message: it is read again as it stands in the log, the code may have learned to read it. */
export async function parkedMessageOf(store: Store, { folds }: ActorDefinition, parked: Recorded): Promise<Read> {
  const type = parked.type.slice(PARKED.length);
  const known = folds.get(type)?.message as AnyMessageClass | undefined;
  if (!known) return { message: undefined, unchecked: undefined, invalid: `no method folds ${type}` };
  const { position } = metaOf(parked).cause as Cause;
  const original = parked.data.startsWith('"') ? await rowAt(store, type, position) : undefined;
  return readMessage(known, original ?? parked);
}

/** A release is a delivery of its own. */
export function tell({ outcomes }: Setting, consumer: string, parked: Recorded, ending: Result): Result {
  outcomes.receive();
  publish(
    outcomes,
    consumer,
    { type: parked.type.slice(PARKED.length), cause: metaOf(parked).cause as Cause, stream: parked.stream },
    ending,
  );
  return ending;
}
