/** I1, I2: what an operator decides about a parked row happens once. This file sends it through the flow; the gate drops a second one. */

import { nameToday, type ActorDefinition } from '../actors/definition';
import type { ConsumerContext } from '../flow/context';
import { Delivery, type Release } from '../flow/delivery';
import type { Flow } from '../flow/flow';
import { publish, type Result } from '../flow/outcome';
import type { Dedup } from '../history/dedup';
import type { Fold } from '../history/fold';
import { load } from '../history/replay';
import { metaOf } from '../history/codec';
import { messageTypeOf } from '../store/hidden-rows';
import type { Recorded } from '../store/port';
import type { ParkedRow, Signature } from './parked-message';
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
  send(
    action: Release['action'],
    row: Recorded,
    signature: Signature,
    { message, invalid }: Partial<ParkedRow> = {},
    into?: string,
  ): Promise<Result> {
    const { store, outcomes } = this.context;
    const { cause = { id: row.id, source: store.id, position: row.position }, at = row.time, attempts = 0, as } = metaOf(row);
    const place = into === undefined ? { of: row.version, from: undefined } : { of: undefined, from: `${row.stream}@${row.version}` };
    outcomes.receive();
    return new Promise((resolve, reject) => {
      const receiver = {
        done: (delivery: Delivery, result: Result) => (publish(outcomes, this.definition.name, delivery, result), resolve(result)),
        failed: (_: Delivery, error: unknown) => (outcomes.withdraw(), reject(error as Error)),
      };
      const written = messageTypeOf(row.type);
      const [type, stream] = [message?.type ?? nameToday(this.definition, written), into ?? row.stream];
      const what = { type, stream, cause, time: at, message, invalid, raw: row.data, erased: row.erased, receiver };
      const delivery = Delivery.release(what, { action, ...place, ...signature }, as ?? (written === type ? undefined : written));
      delivery.attempts = attempts;
      this.flow.deliver(delivery);
    });
  }
}
