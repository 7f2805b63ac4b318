import { types } from 'node:util';
import type { Span, Tracer } from '@opentelemetry/api';
import type { Message, Meta, Outcome, Store } from '@waybill/core';
import { streamOf } from '@waybill/core/internal';
import type { ActorDefinition, Decide, Definition, HandlerDefinition, System } from '@waybill/core/internal';
import { Guard, loadApi, SCOPE } from './api';
import type { Api } from './api';
import { Metrics } from './metrics';
import { Processes } from './process';
import { watchedStore } from './store';

/**
 * Undefined if the registered providers cannot be used: the app runs without telemetry.
 * @throws WaybillError `TELEMETRY_MISSING`
 */
export function telemetryOf(definitions: readonly Definition[], report: (error: unknown) => void): Telemetry | undefined {
  const api = loadApi();
  const guard = new Guard(report);
  return guard.run(() => new Telemetry(api, guard, definitions));
}

/**
 * OpenTelemetry for one app: it wraps the store and the methods when the app is built, so that an app without it runs none of
 * this code. It uses the providers that are registered globally; without any it does nothing.
 */
export class Telemetry {
  private readonly tracer: Tracer;
  private readonly metrics: Metrics;
  private readonly processes: Processes;
  private readonly actors: ReadonlyMap<string, ActorDefinition>;
  /** As they were given, with their methods wrapped. */
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

  /** The span of a message begins with the first run of its method, not in the queue. */
  private actor(definition: ActorDefinition): ActorDefinition {
    const watched = (type: string, decide: Decide): Decide => {
      const run: Decide = (message, state, meta) => this.attempt(definition.name, type, meta, () => decide(message, state, meta));
      return (message, state, meta) => (meta.position === 0 ? decide : run)(message, state, meta);
    };
    const inputs = [...definition.inputs].map(([type, taking]) => {
      const { decide, late } = taking;
      return [type, { ...taking, decide: watched(type, decide), late: late && watched(type, late) }] as const;
    });
    return { ...definition, inputs: new Map(inputs) };
  }

  /** The span is active in the method, so instrumented calls to the outside world are below it. */
  private handler(definition: HandlerDefinition): HandlerDefinition {
    const calls = [...definition.calls].map(([type, one]) => {
      // A thenable that is not a promise, such as a query that runs when it is awaited, becomes one here, once.
      const run: typeof one.call = (message, meta) => {
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

  /** Runs `run` exactly once, even if setting the context fails. */
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
