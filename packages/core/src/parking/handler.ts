import type { ActorDefinition, HandlerDefinition } from '../actors/definition';
import { WaybillError, describe } from '../base/errors';
import type { ConsumerContext } from '../flow/context';
import { Flow } from '../flow/flow';
import type { Result } from '../flow/outcome';
import { metaOf } from '../history/codec';
import { messageTypeOf } from '../store/hidden-rows';
import type { ParkedRow, Signature } from './parked-message';
import type { OpenParks, ParkingKind } from './parked-messages';
import { Releases } from './release';

/** Each message has a park stream of its own: they are parked in any order, and in one stream an earlier one would count as seen. */
export function parkStreamOf(consumer: string, position: number): string {
  return `${consumer}:parked-${position}`;
}

/** The definition of a flow without inputs. */
const nothing = (name: string): ActorDefinition => ({
  ...{ kind: 'saga', name, names: [name], lifecycle: undefined, inputs: new Map(), folds: new Map(), sends: new Map(), options: {} },
  initial: () => null,
  key: () => undefined,
});

/** A flow that parks every message it is given, once per position. */
export function parkingOf(name: string, { store, runtime, limits, fatal }: ConsumerContext): Flow {
  return new Flow(nothing(name), store, runtime, limits, () => false, fatal);
}

/** Events whose calls have failed. A retry is another call, and leaves a row however it ends. */
export class CallParking implements ParkingKind {
  private readonly releases: Releases;

  constructor(
    private readonly definition: HandlerDefinition,
    flow: Flow,
    context: ConsumerContext,
  ) {
    this.releases = new Releases(nothing(definition.name), flow, context);
  }

  owns(stream: string): boolean {
    return stream.startsWith(`${this.definition.name}:parked-`);
  }

  async look(stream: string): Promise<OpenParks | undefined> {
    const open = await this.releases.look(stream, (parked, signature) => this.retry(parked, signature));
    return open.versions.size > 0 ? open : undefined;
  }

  private async retry(parked: ParkedRow, signature: Signature): Promise<Result> {
    const failed = (invalid: string): Promise<Result> => this.releases.send('retry', parked.row, signature, { invalid });
    // At most once: the attempt is in the log before the call is made.
    if (this.definition.delivery === 'at-most-once') await failed('begun');
    try {
      await this.call(parked);
    } catch (error) {
      return failed(describe(error));
    }
    await this.releases.send('close', parked.row, signature);
    return { kind: 'applied' };
  }

  private async call({ row, message, invalid = '' }: ParkedRow): Promise<void> {
    const { cause, at = row.time } = metaOf(row);
    if (!message || !cause) throw new WaybillError('PARKED_UNREADABLE', invalid, 'correct the schema, or skip the message');
    await this.definition.calls.get(messageTypeOf(row.type))?.call(message, { id: cause.id, time: at, position: cause.position });
  }
}
