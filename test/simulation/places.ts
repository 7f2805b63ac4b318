import type { Simulation } from '@waybill/testing';
import { Armed, Boards, Called, Desk, Wrote } from './desk';
import { only } from './only';
import { oneOrder, order } from './orders';
import { Tally } from './shop';

const desk = 'd-1';
const lives = { crash: 0.02, restart: 0.03, delay: 0.5, slow: 0.05, forget: 0.05 };

/** The log goes back to a backup while apps are connected, and grows again. */
export const restored: Simulation = {
  use: [Desk, Boards, Tally],
  messages: [new Called({ desk }), new Wrote({ desk, page: 1 }), new Armed({ desk, name: 'x', seconds: 2 }), ...order('o-1', 3)],
  workers: 2,
  ...only({ ...lives, restore: 0.006 }),
};

/** Each node keeps its views for itself, and loses them now and then. */
export const apart: Simulation = {
  use: [Tally],
  messages: [...order('o-1', 3), ...order('o-2', 2)],
  workers: 2,
  apart: true,
  ...only({ ...lives, lose: 0.2 }),
};

/** Views that are ahead of a log which went back. */
export const ahead: Simulation = { ...apart, ...only({ ...lives, restore: 0.01 }) };

/** Retention by others. */
export const cutOff: Simulation = { ...oneOrder, ...only({ ...lives, cut: 0.01, copy: 0.3, retry: 0.3 }), limits: { hot: 1 } };
