import { WaybillError } from '@waybill/core';
import type * as Otel from '@opentelemetry/api';

export type Api = typeof Otel;
export const SCOPE = 'waybill';

/** Loaded only here, and only when telemetry is on. @throws WaybillError `TELEMETRY_MISSING` */
export function loadApi(): Api {
  try {
    return require('@opentelemetry/api') as Api;
  } catch (cause) {
    throw new WaybillError(
      'TELEMETRY_MISSING',
      'telemetry is on, but @opentelemetry/api cannot be loaded',
      'npm install @opentelemetry/api and an OpenTelemetry SDK, or leave { telemetry } out',
      { cause },
    );
  }
}

/** Runs code that observes, never code that does the work: what it throws is reported once and disturbs nothing. */
export class Guard {
  private reported = false;

  constructor(private readonly report: (error: unknown) => void) {}

  run<T>(watching: () => T): T | undefined {
    try {
      return watching();
    } catch (error) {
      if (!this.reported) this.report(error);
      this.reported = true;
      return undefined;
    }
  }
}
