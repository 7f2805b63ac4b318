import { Buffer } from 'node:buffer';
import type { ReadReq, ReadResp } from '@eventstore/db-client/generated/persistent_pb';
import type { Shown } from '../wire/messages';
import { eventMessage } from '../wire/messages';
import type { Outflow } from '../calls/outflow';
import type { Strategy } from './settings';

/** One event on its way through a group. */
export interface Message {
  readonly shown: Shown;
  /** The id by which consumers answer: of the link, where there is one. */
  readonly id: string;
  /** Place in the source: a version, or a position of the log. Undefined for one that was parked before. */
  readonly sequence: number | undefined;
  retries: number;
  /** Milliseconds since 1970 at which it is tried again unless it was answered. */
  due: number;
}

/** One client that takes messages of a group, no more at a time than it has asked for. */
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

/** Who gets a message; undefined: nobody now. */
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
