import * as crypto from 'node:crypto';
import type { Runtime } from '@waybill/core';

/** `crypto.hash` (Node 20.12, 21.7) avoids the stream object of `createHash`; typings for older Nodes lack it. */
const digest = (crypto as { hash?: (algorithm: string, text: string, encoding: 'base64url') => string }).hash;

/** The clock, timers, random numbers and hashing of this machine. */
export const realRuntime: Runtime = {
  now: () => Date.now(),
  development: process.env['NODE_ENV'] !== 'production',
  after(ms, task) {
    const timer = setTimeout(task, ms);
    return () => clearTimeout(timer);
  },
  defer: (task) => queueMicrotask(task),
  random: () => Math.random(),
  uuid: () => crypto.randomUUID(),
  hash: (text) =>
    (digest ? digest('sha256', text, 'base64url') : crypto.createHash('sha256').update(text).digest('base64url')).slice(0, 22),
};
