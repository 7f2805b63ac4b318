import { WaybillError } from 'waybill';
import { WorkerFailed } from './child';

/** 2: the caller can correct it. 4: the store cannot be used. 1: anything else. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof WorkerFailed) return error.exit.code || 1;
  if (!(error instanceof WaybillError)) return 1;
  return /^(FEED|OUTPUT|SAME)_/.test(error.code) ? 2 : 4;
}
