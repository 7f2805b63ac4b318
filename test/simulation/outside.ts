import { Event, Handler, On } from 'waybill';
import type { Simulation } from '@waybill/testing';
import { only } from './only';

export class Mail extends Event('Mail')<{ to: string }> {}

/** One address is bad for good; the others must not wait for it. */
@Handler('post', { delivery: 'at-least-once', retry: { attempts: 6, base: '1 minute', cap: '10 minutes' } })
class Post {
  @On(Mail) send({ to }: Mail) {
    if (to === 'nobody') throw new Error('no such address');
  }
}
@Handler('telegraph', { delivery: 'at-most-once' })
class Telegraph {
  @On(Mail) send() {}
}
const mails = (count: number) => Array.from({ length: count }, (_, i) => new Mail({ to: i === 0 ? 'nobody' : `a-${i}` }));

export const badAddress: Simulation = {
  use: [Post],
  messages: mails(6),
  workers: 2,
  ...only({ delay: 0.3, slow: 0.1, busy: 0.02, reorder: 0.3 }),
  limits: { window: 2 },
};

/** Operators in two processes retry calls that may be made once. */
export const telegrams: Simulation = {
  use: [Telegraph],
  messages: mails(3),
  workers: 2,
  ...only({ throws: 0.4, operate: 0.9, slow: 0.2, crash: 0.01, delay: 0.3 }),
};
