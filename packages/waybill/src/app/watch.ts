import type { Message, Store, Yielding } from '@waybill/core';
import type { Definition, System } from '@waybill/core/internal';
import { describe } from '@waybill/core/store-kit';
import type * as Loaded from '../telemetry/telemetry';
import type { Unread } from './former';
import { AppLog } from './logger';
import type { Logger } from './logger';
import { loggedStore } from './store-log';
import type { Untaken } from './untaken';

export interface WatchOptions {
  /** Gets the start and the end, failures, outages of the store, and every message that was set aside; default: none. */
  readonly logger?: Logger | undefined;
  /** Spans and metrics for the OpenTelemetry that is registered globally before the start; default: false, and none of it is loaded. */
  readonly telemetry?: boolean | undefined;
  /** Called once if the app stops because it must not go on; default: a line of the logger, or one on stderr without a logger. */
  readonly onFailure?: ((error: unknown) => void) | undefined;
}

/** The observers of a running app. What they throw does not reach the app. */
export class Watch {
  readonly definitions: readonly Definition[];
  readonly store: Store;
  private readonly log: AppLog | undefined;
  private readonly telemetry: Loaded.Telemetry | undefined;

  /** @throws WaybillError `TELEMETRY_MISSING` */
  constructor(
    private readonly options: WatchOptions,
    definitions: readonly Definition[],
    store: Store,
  ) {
    this.log = options.logger && new AppLog(options.logger);
    this.telemetry = options.telemetry ? telemetryOf(definitions, (error) => this.log?.telemetryFailed(error)) : undefined;
    this.definitions = this.telemetry?.definitions ?? definitions;
    const logged = this.log ? loggedStore(store, this.log) : store;
    this.store = this.telemetry?.store(logged) ?? logged;
  }

  /** To be called before the start, so that no outcome is missed. */
  attach(system: System): void {
    const { log, telemetry } = this;
    if (!log && !telemetry) return;
    system.outcomes.subscribe({
      next(outcome) {
        log?.outcome(outcome);
        telemetry?.outcome(outcome);
      },
      complete() {
        telemetry?.close();
        log?.stopped(system.counts());
      },
    });
  }

  /** Without a logger on stderr: nothing else would ever tell. */
  unread(rows: readonly Unread[]): void {
    for (const row of rows) {
      const { type, consumer, stream, fix } = row;
      orStderr(this.log?.unread(row), `${type} of "${consumer}" is not read any more (${stream}). Fix: ${fix}.`);
    }
  }

  /** Without a logger on stderr. */
  untaken(commands: readonly Untaken[]): void {
    for (const one of commands) {
      const { consumer, type, fix } = one;
      orStderr(this.log?.untaken(one), `"${consumer}" sends ${type}, which no aggregate of this app takes. Fix: ${fix}.`);
    }
  }

  /** Rarely for each need: see `Yields`. Without a logger on stderr. */
  yields(one: Yielding): void {
    const { consumer, stream, needs, reason } = one;
    orStderr(this.log?.yields(one), `${stream ?? `"${consumer}"`} waits for code that knows ${needs}: ${reason}`);
  }

  started(system: System): void {
    this.telemetry?.observe(system, this.store);
    const names = this.definitions.map(({ kind, name }) => `${kind} ${name}`);
    this.log?.started(this.store, names, this.telemetry !== undefined);
  }

  failed(error: unknown): void {
    const { onFailure } = this.options;
    const logged = this.log?.failed(error) ?? false;
    if (onFailure) return onFailure(error);
    if (!logged) process.stderr.write(`waybill stopped: ${describe(error)}\n`);
  }

  send<T>(actor: string, command: Message, id: string, sending: () => Promise<T>): Promise<T> {
    return this.telemetry ? this.telemetry.send(actor, command, id, sending) : sending();
  }
}

/** What no logger took. */
function orStderr(isLogged: boolean | undefined, line: string): void {
  if (!isLogged) process.stderr.write(`waybill: ${line}\n`);
}

/** Loads the module only when telemetry is on. */
function telemetryOf(definitions: readonly Definition[], report: (error: unknown) => void): Loaded.Telemetry | undefined {
  return (require('../telemetry/telemetry') as typeof Loaded).telemetryOf(definitions, report);
}
