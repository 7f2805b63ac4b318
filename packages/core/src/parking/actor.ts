import type { ActorDefinition } from '../actors/definition';
import { streamOf } from '../actors/stream-of';
import type { ConsumerContext } from '../flow/context';
import type { Flow } from '../flow/flow';
import type { Result } from '../flow/outcome';
import { metaOf } from '../history/codec';
import { readStream } from '../history/read-stream';
import type { Message } from '../messages/message';
import type { Recorded } from '../store/port';
import type { ParkedRow, Signature } from './parked-message';
import type { OpenParks, ParkingKind } from './parked-messages';
import { Releases } from './release';

/** Messages that one actor class has parked: in the streams of its actors or, without a key, in one stream of the class. */
export class ActorParking implements ParkingKind {
  private readonly releases: Releases;

  constructor(
    private readonly definition: ActorDefinition,
    private readonly flow: Flow,
    /** The stream of messages without a key. */
    private readonly keyless: string,
    private readonly context: ConsumerContext,
  ) {
    this.releases = new Releases(definition, flow, context);
  }

  owns(stream: string): boolean {
    return stream === this.keyless || stream.startsWith(`${this.definition.name}-`);
  }

  yielding(): readonly string[] {
    return this.flow.yielding.streams;
  }

  look(stream: string): Promise<OpenParks> {
    if (stream === this.keyless) return this.releases.look(stream, (parked, signature) => this.retryKeyless(parked, signature));
    const retry = (parked: ParkedRow, signature: Signature) => this.releases.send('retry', parked.row, signature, parked);
    return this.releases.look(stream, retry, ({ line }) => line);
  }

  /** Runs it in the actor that its key names now, then closes its park. After a crash in between, `hasTaken` finds it in the actor. */
  private async retryKeyless({ row, message, invalid = 'it has no key' }: ParkedRow, signature: Signature): Promise<Result> {
    const stream = message && this.streamOf(message);
    if (stream === undefined) return this.releases.send('retry', row, signature, { invalid });
    const result: Result = (await this.hasTaken(stream, row))
      ? { kind: 'duplicate' }
      : await this.releases.send('retry', row, signature, { message }, stream);
    await this.releases.send('close', row, { by: signature.by, why: `released into ${stream}` });
    return result;
  }

  private streamOf(message: Message): string | undefined {
    try {
      return streamOf(this.definition, message);
    } catch {
      return undefined;
    }
  }

  /** Whether the actor has taken the message in already: by an earlier try, or from the log after a rewind. */
  private async hasTaken(stream: string, parked: Recorded): Promise<boolean> {
    const { store } = this.context;
    const position = metaOf(parked).cause?.position;
    for await (const rows of readStream(store, stream)) {
      const causes = rows.map((row) => metaOf(row).cause);
      if (causes.some((cause) => cause?.source === store.id && cause.position === position)) return true;
    }
    return false;
  }
}
