import { createHash } from 'node:crypto';
import { WaybillError } from '@waybill/core';
import type { Runtime } from '@waybill/core';

/** Time stands still, ids are counted, nothing is scheduled: the same input gives the same result on every machine. */
export function specRuntime(): Runtime {
  let ids = 0;
  const never = (): never => {
    throw new WaybillError('SPEC_RUNTIME', 'a spec schedules nothing', 'test what needs time with App.start on memoryStore()');
  };
  return {
    now: () => 0,
    after: never,
    defer: never,
    random: () => 0,
    uuid: () => `row-${++ids}`,
    hash: (text) => createHash('sha256').update(text).digest('base64url'),
  };
}
