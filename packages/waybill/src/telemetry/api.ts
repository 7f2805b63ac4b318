import { WaybillError } from '@waybill/core';
import type * as Otel from '@opentelemetry/api';

export type Api = typeof Otel;
export const SCOPE = 'waybill';

/** Loaded here and nowhere else, when telemetry is asked for. @throws WaybillError `TELEMETRY_MISSING` */
export function loadApi(): Api {
  try {
    return require('@opentelemetry/api') as Api;
  } catch (cause) {
    throw new WaybillError(
      'TELEMETRY_MISSING',
      'telemetry is asked for, and @opentelemetry/api cannot be loaded',
      'npm install @opentelemetry/api and an SDK of OpenTelemetry, or leave { telemetry } out',
      { cause },
    );
  }
}

/** Runs what watches, never what works: what is thrown in here is told once and disturbs nothing. */
export class Guard {
  private told = false;

  constructor(private readonly tell: (error: unknown) => void) {}

  run<T>(watching: () => T): T | undefined {
    try {
      return watching();
    } catch (error) {
      if (!this.told) this.tell(error);
      this.told = true;
      return undefined;
    }
  }
}
