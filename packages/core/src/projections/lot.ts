import type { ActorDefinition } from '../actors/definition';
import { streamOf } from '../actors/stream-of';
import { isPassing } from '../base/errors';
import { reasonOf } from '../flow/answer';
import type { Setting } from '../flow/context';
import type { Result } from '../flow/outcome';
import type { Cause } from '../history/cause';
import { metaOf } from '../history/codec';
import { PARKED } from '../store/hidden-rows';
import type { Note } from '../history/rows';
import type { Message } from '../messages/message';
import { notParked, parkedMessage, parkedRows } from '../parking/parked-message';
import type { ParkedMessage, ParkingLot, Released, Signature } from '../parking/parked-message';
import type { Recorded, Views } from '../store/port';
import { foldRow } from './fold';
import { ParkStreams, noteOn } from './park-streams';
import { RowParking, parkedMessageOf, tell } from './parking';
import { standingOf } from './row';

/** How an operator's word on an event without a row ends; its note says so. */
interface Word {
  readonly note: Note;
  readonly ending: Result;
  readonly stack?: string | undefined;
}

/** What operators do with all that one generation of a projection has parked. */
export class ProjectionLot implements ParkingLot {
  private readonly parks: ParkStreams;
  private readonly rows: RowParking;

  constructor(
    private readonly definition: ActorDefinition,
    private readonly views: Views,
    private readonly setting: Setting,
    private readonly view: string,
    /** Everything at or below this position is finished. */
    private readonly low: () => number,
  ) {
    this.parks = new ParkStreams(view, setting.store, setting.runtime);
    this.rows = new RowParking(definition, views, setting, view, this.parks);
  }

  owns(stream: string): boolean {
    return this.parks.owns(stream);
  }

  async *list(): AsyncGenerator<ParkedMessage> {
    const open = new Map<string, ReadonlySet<number>>();
    for await (const row of this.all()) {
      let versions = open.get(row.stream);
      if (!versions) open.set(row.stream, (versions = await this.openIn(row.stream)));
      if (versions.has(row.version)) yield parkedMessage(this.definition.name, row);
    }
  }

  async retry(stream: string, version: number | undefined, signature: Signature): Promise<Released> {
    if (this.parks.keyOf(stream) !== undefined) return this.rows.retry(stream, version, signature);
    const ending = await this.settle(stream, version ?? 0, signature, (row) => this.foldLate(row));
    return { endings: [ending], left: ending.kind === 'parked' ? 1 : 0 };
  }

  async skip(stream: string, version: number, signature: Signature): Promise<Result> {
    if (this.parks.keyOf(stream) !== undefined) return this.rows.skip(stream, version, signature);
    const ending: Result = { kind: 'discarded', reason: `skipped by ${signature.by}: ${signature.why}` };
    return this.settle(stream, version, signature, () => Promise.resolve({ note: 'skipped', ending }));
  }

  /** Notes at each message that nobody has released that it is parked no more: its generation is gone. */
  async close(why: string): Promise<void> {
    const streams = new Set<string>();
    for await (const { stream } of this.all()) streams.add(stream);
    for (const stream of streams) {
      for (;;) {
        const line = await this.parks.line(stream, 0);
        const [version] = [...line.parked.keys()].filter((one) => !line.noted.has(one));
        if (version === undefined) break;
        const rows = await this.setting.store.read(stream, version, 100);
        const open = rows.filter((row) => line.parked.has(row.version) && !line.noted.has(row.version));
        await this.parks.append(
          line,
          open.map((row) => noteOn(row, { note: 'released', by: 'rebuild', why })),
        );
      }
    }
  }

  private all(): AsyncGenerator<Recorded> {
    return parkedRows(this.setting.store, [...this.definition.folds.keys()], (stream) => this.owns(stream));
  }

  private async openIn(stream: string): Promise<ReadonlySet<number>> {
    if (this.parks.keyOf(stream) !== undefined) return this.rows.open(stream);
    const { parked, noted } = await this.parks.line(stream, 0);
    return new Set([...parked.keys()].filter((version) => !noted.has(version)));
  }

  /** An event without a row: the note of one word is its end. */
  private async settle(stream: string, version: number, signature: Signature, word: (row: Recorded) => Promise<Word>): Promise<Result> {
    for (;;) {
      const line = await this.parks.line(stream, 0);
      const [row] = line.parked.has(version) && !line.noted.has(version) ? await this.setting.store.read(stream, version, 1) : [];
      if (!row) throw notParked(stream, version);
      const { note, ending, stack } = await word(row);
      const attempts = (metaOf(row).attempts ?? 0) + 1;
      const said = note === 'skipped' ? {} : { reason: ending.reason, stack, attempts };
      if (await this.parks.append(line, [noteOn(row, { note, ...signature, ...said })])) {
        return tell(this.setting, this.definition.name, row, ending);
      }
    }
  }

  /** It goes into the row that its key names today, if nothing behind it is in there yet: else only a rebuild can put it in its place. */
  private async foldLate(parked: Recorded): Promise<Word> {
    const { position } = metaOf(parked).cause as Cause;
    const stays = (error: unknown): Word => {
      const { reason, stack } = reasonOf(error);
      return { note: 'retried', ending: { kind: 'parked', reason }, stack };
    };
    const { message, invalid } = await parkedMessageOf(this.setting.store, this.definition, parked);
    if (!message) return stays(invalid);
    for (;;) {
      try {
        const key = this.keyOf(message);
        if (key === undefined) return { note: 'released', ending: { kind: 'discarded', reason: 'it is for no row' } };
        const { row, position: expected, block } = standingOf(key, (await this.views.load(this.view, [key]))[0]);
        if (expected === position) return { note: 'released', ending: { kind: 'duplicate' } };
        if (block) return stays('its row is held up: release that first');
        if (expected > position) return stays('its row has gone past it: skip it, or rebuild the projection');
        if (this.low() < position) return stays('events before it are still under way');
        const next = foldRow(this.definition, row, parked.type.slice(PARKED.length), message);
        const write = { key, row: next, position, expected };
        if ((await this.views.write(this.view, [write]))[0]) return { note: 'released', ending: { kind: 'applied' } };
      } catch (error) {
        if (isPassing(error)) throw error;
        return stays(error);
      }
    }
  }

  private keyOf(message: Message): string | undefined {
    return streamOf(this.definition, message)?.slice(this.definition.name.length + 1);
  }
}
