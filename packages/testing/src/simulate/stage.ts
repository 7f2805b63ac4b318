import { define, Rejected } from '@waybill/core';
import type { ActorDefinition, Decide, Definition, HandlerDefinition, Message, Meta, UseClass } from '@waybill/core';
import { carry } from './effects';
import type { World } from './world';

/** Where the methods of all workers are told apart: whose turn it is when one is called. */
export class Stage {
  world: World | undefined;
  /** As the classes say it, for the oracle. */
  readonly plain: readonly Definition[];
  private readonly shared: readonly Definition[] | undefined;

  constructor(
    private readonly use: readonly UseClass[],
    private readonly build: ((target: UseClass) => object) | undefined,
  ) {
    this.plain = this.make();
    if (!build) this.shared = this.plain.map((definition) => this.watch(definition));
  }

  /** For one worker's start. */
  definitions(): readonly Definition[] {
    return this.shared ?? this.make().map((definition) => this.watch(definition));
  }

  private make(): Definition[] {
    const build = this.build ?? ((target) => new (target as unknown as new () => object)());
    return this.use.map((target) => define(target, build(target)));
  }

  private watch(definition: Definition): Definition {
    if (definition.kind === 'handler') return this.watchCalls(definition);
    const takings = [...definition.takings].map(([type, taking]) => {
      const watched =
        (method: Decide): Decide =>
        (message, state, meta) =>
          this.decide(definition, method, message, state, meta);
      return [type, { ...taking, decide: watched(taking.decide), late: taking.late && watched(taking.late) }] as const;
    });
    return { ...definition, takings: new Map(takings) };
  }

  private decide(definition: ActorDefinition, method: Decide, message: Message, state: unknown, meta: Meta): unknown {
    try {
      this.world?.maybeThrow(`${definition.name} takes ${message.type}`);
      return method(message, state, meta);
    } catch (error) {
      if (!(error instanceof Rejected))
        this.world?.threw.add(`${definition.name}-${String(definition.key(message))} ${meta.position || meta.id}`);
      throw error;
    }
  }

  private watchCalls(definition: HandlerDefinition): HandlerDefinition {
    const calls = [...definition.calls].map(([type, { message, call }]) => {
      const watched = (event: Message, meta: Meta): unknown => carry(this.world as World, definition, meta, () => call(event, meta));
      return [type, { message, call: watched }] as const;
    });
    return { ...definition, calls: new Map(calls) };
  }
}
