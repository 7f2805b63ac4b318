import type { Store } from '@waybill/core';
import { attemptStream, beganAt } from '@waybill/core/internal';
import type { HandlerDefinition } from '@waybill/core/internal';
import type { Reader } from '../base/readers';
import type { ParsedRow } from './parsed-row';
import { ViolationError } from './violation';

/** For handlers that call at most once, each event must have an attempt row or a park. Keeps the events that have neither yet. */
export class Attempts {
  private readonly handlers: readonly {
    readonly name: string;
    readonly types: readonly string[];
    readonly waiting: Map<number, ParsedRow>;
  }[];

  constructor(readers: readonly Reader[]) {
    const once = readers.filter(({ definition }) => (definition as HandlerDefinition).delivery === 'at-most-once');
    this.handlers = once.map(({ definition: { name }, types }) => ({ name, types, waiting: new Map() }));
  }

  sent(parsed: ParsedRow): void {
    for (const { types, waiting } of this.handlers) if (types.includes(parsed.type)) waiting.set(parsed.row.position, parsed);
  }

  traced({ row: { stream }, cause: { position } }: ParsedRow): void {
    for (const { name, waiting } of this.handlers)
      if (stream === attemptStream(name, position) || stream === `${name}:parked-${position}`) waiting.delete(position);
  }

  /** A handler from now on has taken nothing that was in the log before it began. @throws ViolationError `I2` */
  async end(store: Store, checkpoints: ReadonlyMap<string, number>): Promise<void> {
    for (const { name, waiting } of this.handlers) {
      const began = (await beganAt(store, name)) ?? 0;
      for (const [position, { type, row }] of waiting)
        if (position > began && position <= (checkpoints.get(name) ?? 0))
          throw new ViolationError('I2', `${type} was passed over by "${name}": no call attempt is in the log`, row);
    }
  }
}
