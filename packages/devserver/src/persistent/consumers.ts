import { Buffer } from 'node:buffer';
import type { ReadReq, ReadResp } from '@eventstore/db-client/generated/persistent_pb';
import type { Shown } from '../wire/messages';
import { eventMessage } from '../wire/messages';
import type { Outflow } from '../calls/outflow';
import type { Strategy } from './settings';

/** One event on its way through a group. */
export interface Message {
  readonly shown: Shown;
  /** The id that consumers answer with: that of the link, if there is one. */
  readonly id: string;
  /** Place in the source: a version, or a position of the log. Undefined for a message that was parked. */
  readonly sequence: number | undefined;
  retries: number;
  /** When it is tried again unless it was answered; milliseconds since 1970. */
  due: number;
}

/** One client that consumes messages of a group, at most as many at a time as it has asked for. */
export class Consumer {
  readonly inFlight = new Map<string, Message>();
  total = 0;

  constructor(
    readonly out: Outflow<ReadReq, ReadResp>,
    readonly from: string,
    readonly name: string,
    readonly bufferSize: number,
    private readonly structured: boolean,
  ) {}

  /** Two events with one id cannot be told apart by their answers: the second waits for the first. */
  hasRoomFor({ id }: Message): boolean {
    return this.inFlight.size < this.bufferSize && !this.inFlight.has(id);
  }

  send(message: Message): void {
    this.total++;
    this.inFlight.set(message.id, message);
    void this.out.event(eventMessage({ ...message.shown, retryCount: message.retries }, this.structured));
  }
}

/** Which consumer gets a message; undefined if none can now. */
export function chosen(strategy: Strategy, consumers: Consumer[], message: Message): Consumer | undefined {
  const { event, link } = message.shown;
  switch (strategy) {
    case 'RoundRobin': {
      const at = consumers.findIndex((one) => one.hasRoomFor(message));
      const [one] = at < 0 ? [] : consumers.splice(at, 1);
      if (one) consumers.push(one);
      return one;
    }
    case 'DispatchToSingle':
      return consumers.find((one) => one.hasRoomFor(message));
    case 'Pinned': {
      const one = consumers[hash((event ?? link)?.stream ?? '') % consumers.length];
      return one?.hasRoomFor(message) ? one : undefined;
    }
  }
}

function hash(text: string): number {
  return Buffer.from(text).reduce((sum, byte) => (Math.imul(sum, 31) + byte) >>> 0, 0);
}
