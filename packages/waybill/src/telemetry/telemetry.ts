import { types } from 'node:util';
import type { Span, Tracer } from '@opentelemetry/api';
import type { ActorDefinition, Decide, Definition, HandlerDefinition, Message, Meta, Outcome, Store, System } from '@waybill/core';
import { streamOf } from '@waybill/core';
import { Guard, loadApi, SCOPE } from './api';
import type { Api } from './api';
import { Metrics } from './metrics';
import { Processes } from './process';
import { watchedStore } from './store';

/**
 * Undefined when what is registered cannot be used: an app runs without it.
 * @throws WaybillError `TELEMETRY_MISSING`
 */
export function telemetryOf(definitions: readonly Definition[], tell: (error: unknown) => void): Telemetry | undefined {
  const api = loadApi();
  const guard = new Guard(tell);
  return guard.run(() => new Telemetry(api, guard, definitions));
}

/**
 * OpenTelemetry of one app: put around its store and its methods when the app is built, so that one without it runs
 * nothing of this. It speaks to the providers that are registered globally; without any, to nobody.
 */
export class Telemetry {
  private readonly tracer: Tracer;
  private readonly metrics: Metrics;
  private readonly processes: Processes;
  private readonly actors: ReadonlyMap<string, ActorDefinition>;
  /** As they were given, with their methods watched. */
  readonly definitions: readonly Definition[];

  /** @throws what the providers throw */
  constructor(
    private readonly api: Api,
    private readonly guard: Guard,
    definitions: readonly Definition[],
  ) {
    this.tracer = api.trace.getTracer(SCOPE);
    this.metrics = new Metrics(api.metrics.getMeter(SCOPE), guard);
    this.processes = new Processes(api, this.tracer, this.metrics);
    this.actors = new Map(definitions.flatMap((one) => (one.kind === 'handler' ? [] : [[one.name, one] as const])));
    this.definitions = definitions.map((one) => Object.freeze(one.kind === 'handler' ? this.handler(one) : this.actor(one)));
  }

  store(store: Store): Store {
    const { api, tracer, metrics, processes, guard } = this;
    return watchedStore(store, { api, tracer, metrics, processes, guard, actors: new Set(this.actors.keys()) });
  }

  observe(system: System, store: Store): void {
    this.guard.run(() => this.metrics.observe(system, store));
  }

  outcome(outcome: Outcome): void {
    this.guard.run(() => this.metrics.ended(outcome));
    this.guard.run(() => this.processes.end(outcome));
  }

  async send<T>(actor: string, command: Message, id: string, sending: () => Promise<T>): Promise<T> {
    const { guard } = this;
    const ended = guard.run(() => this.processes.send(actor, this.streamOf(actor, command), command.type, id));
    try {
      const answer = await sending();
      guard.run(() => ended?.());
      return answer;
    } catch (error) {
      guard.run(() => ended?.({ error }));
      throw error;
    }
  }

  close(): void {
    this.guard.run(() => this.metrics.close());
    this.guard.run(() => this.processes.close());
  }

  /** Undefined for a command that the aggregate will refuse. */
  private streamOf(actor: string, command: Message): string | undefined {
    try {
      return streamOf(this.actors.get(actor) as ActorDefinition, command);
    } catch {
      return undefined;
    }
  }

  /** The span of a message begins with its first call, not with its way through the queue. */
  private actor(definition: ActorDefinition): ActorDefinition {
    const watched = (type: string, decide: Decide): Decide => {
      const run: Decide = (message, state, meta) => this.attempt(definition.name, type, meta, () => decide(message, state, meta));
      return (message, state, meta) => (meta.position === 0 ? decide : run)(message, state, meta);
    };
    const takings = [...definition.takings].map(([type, taking]) => {
      const { decide, late } = taking;
      return [type, { ...taking, decide: watched(type, decide), late: late && watched(type, late) }] as const;
    });
    return { ...definition, takings: new Map(takings) };
  }

  /** The span is the active one in the method: calls to the outside world that are instrumented stand below it. */
  private handler(definition: HandlerDefinition): HandlerDefinition {
    const calls = [...definition.calls].map(([type, one]) => {
      // What is no promise yet, as a query that runs when it is awaited, becomes one in here, once.
      const run = (message: Message, meta: Meta): unknown => {
        const result = one.call(message, meta);
        return typeof (result as { then?: unknown } | undefined)?.then === 'function' ? Promise.resolve(result) : result;
      };
      const call: typeof one.call = (message, meta) => this.attempt(definition.name, type, meta, () => run(message, meta), true);
      return [type, { ...one, call }] as const;
    });
    return { ...definition, calls: new Map(calls) };
  }

  private attempt(consumer: string, type: string, { id, position }: Meta, run: () => unknown, active = false): unknown {
    const { guard, processes } = this;
    const work = guard.run(() => processes.attempt(consumer, type, id, position));
    if (!work) return run();
    const threw = (error: unknown): void => guard.run(() => processes.threw(work, error));
    try {
      const result = active ? this.within(work.span, run) : run();
      if (types.isPromise(result)) result.then(undefined, threw);
      return result;
    } catch (error) {
      threw(error);
      throw error;
    }
  }

  /** Runs once, whatever becomes of the context around it. */
  private within(span: Span, run: () => unknown): unknown {
    const ended: { how?: { readonly value: unknown } | { readonly error: unknown } } = {};
    this.guard.run(() => {
      const { context, trace, ROOT_CONTEXT } = this.api;
      context.with(trace.setSpan(ROOT_CONTEXT, span), () => {
        try {
          ended.how = { value: run() };
        } catch (error) {
          ended.how = { error };
        }
      });
    });
    if (!ended.how) return run();
    if ('error' in ended.how) throw ended.how.error;
    return ended.how.value;
  }
}
