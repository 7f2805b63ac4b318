import { WaybillError, show } from '../base/errors';
import type { Consumer } from '../consumers/consumer';
import type { Result } from '../flow/outcome';
import type { Yielding } from '../flow/yields';
import type { ParkedMessage, Released, Signature } from '../parking/parked-message';
import type { ParkedMessages } from '../parking/parked-messages';
import type { Retrying } from '../parking/retrying';

/** A deadline that has not fired, and was neither cancelled nor set anew. */
export interface PendingDeadline {
  readonly saga: string;
  /** Of the actor that set it. */
  readonly stream: string;
  readonly type: string;
  readonly key: string;
  /** Milliseconds since 1970. */
  readonly due: number;
}

/** What operators see and decide about messages that did not go through. */
export class Operators {
  constructor(
    private readonly consumers: readonly Consumer[],
    private readonly mustRun: () => void,
    private readonly yields: () => readonly Yielding[],
  ) {}

  /** Every message that is parked, consumer by consumer, in the order of the log. */
  async *parked(): AsyncGenerator<ParkedMessage> {
    this.mustRun();
    for (const { parked } of this.consumers) if (parked) yield* parked.list();
  }

  /**
   * Every deadline that is pending, saga by saga, the soonest first, also of types that only newer code knows. Read from the store
   * page by page, so take as many as you need. One whose message was parked is among the parked messages.
   */
  async *deadlines(): AsyncGenerator<PendingDeadline> {
    this.mustRun();
    for (const consumer of this.consumers) {
      const saga = consumer.name.replace(/:deadlines$/, '');
      for await (const deadline of consumer.deadlines?.() ?? []) yield { saga, ...deadline };
    }
  }

  /** Who waits for newer code, and for what: nothing is written about it here, and all else goes on. */
  yielding(): readonly Yielding[] {
    return this.yields();
  }

  /** Every message that will be tried again by itself. */
  retrying(): Retrying[] {
    return this.consumers.flatMap((consumer) => (consumer.retrying?.() ?? []).map((waiting) => ({ consumer: consumer.name, ...waiting })));
  }

  /**
   * Runs a parked message again; without a `version`, all that block the actor, in order, up to the first that fails.
   * @throws WaybillError `NOT_PARKED`, `SIGNATURE_MISSING`
   */
  async retry(stream: string, version: number | undefined, signature: Signature): Promise<Released> {
    return this.parkedIn(stream).retry(stream, version, checked(signature));
  }

  /** Decides that a parked message changes nothing. @throws WaybillError `NOT_PARKED`, `SIGNATURE_MISSING` */
  async skip(stream: string, version: number, signature: Signature): Promise<Result> {
    return this.parkedIn(stream).skip(stream, version, checked(signature));
  }

  private parkedIn(stream: string): ParkedMessages {
    this.mustRun();
    const found = typeof stream === 'string' && this.consumers.find(({ parked }) => parked?.owns(stream))?.parked;
    if (found) return found;
    throw new WaybillError('NOT_PARKED', `no consumer of this app parks messages in ${show(stream)}`, 'name a stream that parked() gives');
  }
}

function checked(signature: Signature): Signature {
  const { by, why } = Object(signature) as Signature;
  if (typeof by === 'string' && by !== '' && typeof why === 'string' && why !== '') return { by, why };
  throw new WaybillError('SIGNATURE_MISSING', 'the decision is not signed', 'pass { by, why }: who decides and why, for the log');
}
