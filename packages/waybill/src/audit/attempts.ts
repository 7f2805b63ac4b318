import type { HandlerDefinition } from '@waybill/core';
import type { Reader } from '../base/readers';
import type { Line } from './line';
import { Found } from './violation';

/** Handlers that call at most once: each event has an attempt row or a park of its own. Kept are positions that have neither yet. */
export class Attempts {
  private readonly handlers: readonly { readonly name: string; readonly types: readonly string[]; readonly waiting: Map<number, Line> }[];

  constructor(readers: readonly Reader[]) {
    const once = readers.filter(({ definition }) => (definition as HandlerDefinition).delivery === 'at-most-once');
    this.handlers = once.map(({ definition: { name }, types }) => ({ name, types, waiting: new Map() }));
  }

  sent(line: Line): void {
    for (const { types, waiting } of this.handlers) if (types.includes(line.type)) waiting.set(line.row.position, line);
  }

  traced({ row: { stream }, cause: { position } }: Line): void {
    for (const { name, waiting } of this.handlers)
      if (stream === `${name}:${position}` || stream === `${name}:parked-${position}`) waiting.delete(position);
  }

  /** @throws Found `I2` */
  end(checkpoints: ReadonlyMap<string, number>): void {
    for (const { name, waiting } of this.handlers) {
      for (const [position, { type, row }] of waiting)
        if (position <= (checkpoints.get(name) ?? 0))
          throw new Found('I2', `${type} was passed over by "${name}": no attempt of a call is in the log`, row);
    }
  }
}
