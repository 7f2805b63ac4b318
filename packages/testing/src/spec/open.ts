import { WaybillError } from '@waybill/core';

/** What arrived in this test, and nothing is said about yet. */
export const open = new Set<object>();

/**
 * A `when` of which nothing was said proves nothing. Called after each test, where the runner has a global `afterEach`
 * (jest, mocha, vitest with globals); with another runner, call it in a hook.
 * @throws WaybillError `SPEC_WITHOUT_ASSERTION`
 */
export function refuseOpenSpecs(): void {
  const count = open.size;
  open.clear();
  if (count === 0) return;
  throw new WaybillError(
    'SPEC_WITHOUT_ASSERTION',
    `${count} spec(…).when(…) in this test said nothing about what is expected`,
    'end each with .then(event), .thenNothing(), …',
  );
}
(globalThis as { afterEach?: (hook: () => void) => void }).afterEach?.(refuseOpenSpecs);
