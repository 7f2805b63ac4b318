import type { CallMeta, Message, UseClass } from '@waybill/core';
import { define } from '@waybill/core/internal';
import type { Definition, HandlerDefinition } from '@waybill/core/internal';
import { watchDecisions } from '../oracle/watch';
import { faultyCall } from './calls';
import type { World } from './world';

/** The classes of one version of the system, as workers run them: methods throw now and then, and calls to the outside are counted. */
export class Classes {
  /** That of the schedule that is running. */
  world: World | undefined;
  /** Not instrumented, for the oracle. */
  readonly plain: readonly Definition[];
  private readonly shared: readonly Definition[] | undefined;

  constructor(
    private readonly use: readonly UseClass[],
    private readonly build: ((target: UseClass) => object) | undefined,
  ) {
    this.plain = this.make();
    if (!build) this.shared = this.plain.map((definition) => this.instrument(definition));
  }

  /** For one start of a worker. */
  definitions(): readonly Definition[] {
    return this.shared ?? this.make().map((definition) => this.instrument(definition));
  }

  private make(): Definition[] {
    const build = this.build ?? ((target) => new (target as unknown as new () => object)());
    return this.use.map((target) => define(target, build(target)));
  }

  private instrument(definition: Definition): Definition {
    if (definition.kind === 'handler') return this.instrumentCalls(definition);
    return watchDecisions(definition, {
      before: (what) => this.world?.maybeThrow(what),
      threw: (at) => this.world?.threw.add(at),
    });
  }

  private instrumentCalls(definition: HandlerDefinition): HandlerDefinition {
    const calls = [...definition.calls].map(([type, { message, call }]) => {
      const faulty = (event: Message, meta: CallMeta): unknown =>
        faultyCall(this.world as World, definition, meta, () => call(event, meta));
      return [type, { message, call: faulty }] as const;
    });
    return { ...definition, calls: new Map(calls) };
  }
}
