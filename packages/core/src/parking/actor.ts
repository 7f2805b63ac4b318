import type { ActorDefinition } from '../actors/definition';
import { streamOf } from '../actors/stream-of';
import { describe } from '../base/errors';
import type { Setting } from '../flow/context';
import type { Release } from '../flow/delivery';
import type { Flow } from '../flow/flow';
import type { Result } from '../flow/outcome';
import { load } from '../history/replay';
import { readMessage } from '../history/read-message';
import type { Cause } from '../history/cause';
import { metaOf } from '../history/codec';
import { readStream } from '../history/read-stream';
import { PARKED } from '../store/hidden-rows';
import type { AnyMessageClass, Message } from '../messages/message';
import type { Recorded } from '../store/port';
import { notParked, parkedMessage, parkedRows, rowAt } from './parked-message';
import type { ParkedMessage, ParkingLot, Released, Signature } from './parked-message';
import { Releases } from './release';
import type { Publish } from './release';

const AT_ONCE = 64;

/** What operators do with the parked messages of one actor class; all of it goes through the flow, in turn with its messages. */
export class Parking implements ParkingLot {
  private readonly releases: Releases;

  constructor(
    private readonly definition: ActorDefinition,
    flow: Flow,
    /** The stream of messages without a key. */
    private readonly parkStream: string,
    private readonly setting: Setting,
    publish: Publish,
  ) {
    this.releases = new Releases(flow, setting, publish);
  }

  owns(stream: string): boolean {
    return stream === this.parkStream || stream.startsWith(`${this.definition.name}-`);
  }

  /** Every open park of this class, in the order of the log. */
  async *list(): AsyncGenerator<ParkedMessage> {
    const { store, runtime } = this.setting;
    const open = new Map<string, ReadonlySet<number>>();
    for await (const row of parkedRows(store, [...this.definition.takings.keys()], (stream) => this.owns(stream))) {
      let versions = open.get(row.stream);
      if (!versions) {
        const { dedup } = await load(store, this.definition, row.stream, runtime);
        open.set(row.stream, (versions = new Set(dedup.parks?.keys() ?? [])));
      }
      if (versions.has(row.version)) yield parkedMessage(this.definition.name, row);
    }
  }

  /** One parked message, or all that block the actor, in order, up to the first that fails again. */
  async retry(stream: string, version: number | undefined, signature: Signature): Promise<Released> {
    const endings: Result[] = [];
    for (;;) {
      const { dedup } = await load(this.setting.store, this.definition, stream, this.setting.runtime);
      const wanted = version === undefined ? this.inLine(stream, dedup) : [version].filter((v) => dedup.isOpen(v));
      if (version !== undefined && wanted.length === 0) throw notParked(stream, version);
      const batch = await Promise.all(wanted.slice(0, AT_ONCE).map((v) => this.retryOne(stream, v, signature)));
      endings.push(...batch.flat());
      const left = await this.openParks(stream);
      const stuck = wanted.length === 0 || batch.length === 0 || left.includes(wanted[0] as number);
      if (version !== undefined || stuck || wanted.every((v) => left.includes(v))) return { endings, left: left.length };
    }
  }

  /** A decision that the message shall change nothing; the gap stays visible in the stream. */
  async skip(stream: string, version: number, signature: Signature): Promise<Result> {
    if (!(await this.openParks(stream)).includes(version)) throw notParked(stream, version);
    const [row] = await this.setting.store.read(stream, version, 1);
    return this.settle(row as Recorded, { action: 'skip', of: version, from: undefined, ...signature });
  }

  private inLine(
    stream: string,
    { line, parks }: { readonly line?: Set<number> | undefined; readonly parks?: Map<number, unknown> | undefined },
  ): number[] {
    return [...((stream === this.parkStream ? parks?.keys() : line) ?? [])];
  }

  private async openParks(stream: string): Promise<number[]> {
    const { dedup } = await load(this.setting.store, this.definition, stream, this.setting.runtime);
    return [...(dedup.parks?.keys() ?? [])];
  }

  private async retryOne(stream: string, version: number, signature: Signature): Promise<Result[]> {
    const [row] = await this.setting.store.read(stream, version, 1);
    if (!row) throw notParked(stream, version);
    if (stream === this.parkStream) return this.retryKeyless(row, signature);
    return [await this.settle(row, { action: 'retry', of: version, from: undefined, ...signature })];
  }

  /** It goes to the actor that its key names today; then its park is closed. A crash in between: the actor knows it. */
  private async retryKeyless(row: Recorded, signature: Signature): Promise<Result[]> {
    const type = row.type.slice(PARKED.length);
    const cause = metaOf(row).cause;
    const original = cause && (await rowAt(this.setting.store, type, cause.position));
    const { message, unchecked, invalid } = this.read(type, original ?? row);
    const stream = invalid === undefined && message ? keyOf(this.definition, message ?? unchecked) : undefined;
    if (stream === undefined) return [await this.settle(row, { action: 'retry', of: row.version, from: undefined, ...signature })];
    const before = cause && (await this.tookFrom(stream, cause.position));
    const release: Release = { action: 'retry', of: undefined, from: `${row.stream}@${row.version}`, ...signature };
    const ending: Result = before ? { kind: 'duplicate' } : await this.releases.send(row, stream, message, invalid, release);
    await this.settle(row, { action: 'close', of: row.version, from: undefined, by: signature.by, why: `released into ${stream}` });
    return [ending];
  }

  /** Whether the actor has taken the message in by another way, as after a rewind. */
  private async tookFrom(stream: string, position: number): Promise<boolean> {
    const { store } = this.setting;
    for await (const rows of readStream(store, stream)) {
      if (rows.some((row) => isCausedBy(metaOf(row).cause, store.id, position))) return true;
    }
    return false;
  }

  private async settle(row: Recorded, release: Release): Promise<Result> {
    const type = row.type.slice(PARKED.length);
    const { park, cause } = metaOf(row);
    // What was no valid message is read again as it stands in the log: the code may have learned to read it.
    const source = park === 'invalid' && cause ? await rowAt(this.setting.store, type, cause.position) : row;
    const { message, invalid } = this.read(type, source ?? row);
    return this.releases.send(row, row.stream, message, row.stream === this.parkStream ? (invalid ?? 'it has no key') : invalid, release);
  }

  private read(type: string, row: Recorded): ReturnType<typeof readMessage> {
    const known = this.definition.takings.get(type)?.message as AnyMessageClass | undefined;
    if (!known) return { message: undefined, unchecked: undefined, invalid: `no method takes ${type}` };
    return readMessage(known, row);
  }
}

function isCausedBy(cause: Cause | undefined, source: string, position: number): boolean {
  return cause?.position === position && cause.source === source;
}

function keyOf(definition: ActorDefinition, message: Message | undefined): string | undefined {
  try {
    return message && streamOf(definition, message);
  } catch (error) {
    if (describe(error)) return undefined;
    throw error;
  }
}
