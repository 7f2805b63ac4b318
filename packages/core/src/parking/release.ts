/** I1, I2: what an operator decides about a parked row happens once. This file sends it through the flow; the gate drops a second one. */

import { nameToday, type ActorDefinition } from '../actors/definition';
import type { ConsumerContext } from '../flow/context';
import { Delivery, type Release } from '../flow/delivery';
import type { Flow } from '../flow/flow';
import { publish, type Result } from '../flow/outcome';
import type { Cause } from '../history/cause';
import type { Dedup } from '../history/dedup';
import type { Fold } from '../history/fold';
import { load } from '../history/replay';
import { metaOf } from '../history/codec';
import { messageTypeOf } from '../store/hidden-rows';
import type { Recorded } from '../store/port';
import type { Decider, ParkedRow, Signature } from './parked-message';
import type { OpenParks } from './parked-messages';

/** Releases of the parked rows that a flow keeps: each in turn with the messages of its stream, and once, by the park that it closes. */
export class Releases {
  constructor(
    private readonly definition: ActorDefinition,
    private readonly flow: Flow,
    private readonly context: ConsumerContext,
  ) {}

  /** What is parked in a stream, folded from its rows. `retry` runs one of them again. */
  async look(
    stream: string,
    retry: (parked: ParkedRow, signature: Signature) => Promise<Result>,
    lineOf: (dedup: Dedup) => Iterable<number> | undefined = ({ parks }) => parks?.keys(),
    earlier?: Fold,
  ): Promise<OpenParks> {
    const fold = await load(this.context.store, this.definition, stream, this.context.runtime, earlier);
    const { dedup } = fold;
    return {
      versions: new Set(dedup.parks?.keys()),
      line: [...(lineOf(dedup) ?? [])],
      retry: async (rows, signature) => {
        const results = await Promise.all(rows.map((parked) => retry(parked, signature)));
        return { results, left: await this.look(stream, retry, lineOf, fold) };
      },
      skip: (row, signature) => this.send('skip', row, signature),
    };
  }

  /**
   * A retry runs the message, or notes why it is invalid, in the stream where it is parked. With `into` it runs in that actor's
   * stream, and the park stays open until a 'close'. @throws what stops the flow
   */
  send(action: Release['action'], row: Recorded, decider: Decider, parked: Partial<ParkedRow> = {}, into?: string): Promise<Result> {
    return this.counted(row, into ?? row.stream, () => this.append(action, row, decider, parked, into));
  }

  /** One outcome for all that `work` does about this message (I15). */
  async counted(row: Recorded, stream: string, work: () => Promise<Result>): Promise<Result> {
    const { outcomes } = this.context;
    const what = { type: nameToday(this.definition, messageTypeOf(row.type)), cause: this.causeOf(row), stream };
    outcomes.receive();
    try {
      const result = await work();
      publish(outcomes, this.definition.name, what, result);
      return result;
    } catch (error) {
      outcomes.withdraw();
      throw error;
    }
  }

  /** Without an outcome of its own. */
  append(
    action: Release['action'],
    row: Recorded,
    { by, why, automatic, version, attempts: tries }: Decider,
    { message, invalid, until, failure }: Partial<ParkedRow> & Pick<Release, 'until' | 'failure'> = {},
    into?: string,
  ): Promise<Result> {
    const { at = row.time, attempts = 0, as } = metaOf(row);
    const cause = this.causeOf(row);
    const place = into === undefined ? { of: row.version, from: undefined } : { of: undefined, from: `${row.stream}@${row.version}` };
    return new Promise((resolve, reject) => {
      const receiver = {
        done: (_: Delivery, result: Result) => resolve(result),
        failed: (_: Delivery, error: unknown) => reject(error as Error),
      };
      const written = messageTypeOf(row.type);
      const [type, stream] = [message?.type ?? nameToday(this.definition, written), into ?? row.stream];
      const what = { type, stream, cause, time: at, message, invalid, raw: row.data, erased: row.erased, receiver };
      const delivery = Delivery.release(
        what,
        { action, ...place, by, why, automatic, until, failure },
        as ?? (written === type ? undefined : written),
      );
      delivery.attempts = version === row.version && tries !== undefined ? tries : attempts;
      this.flow.deliver(delivery);
    });
  }

  private causeOf(row: Recorded): Cause {
    return metaOf(row).cause ?? { id: row.id, source: this.context.store.id, position: row.position };
  }
}
