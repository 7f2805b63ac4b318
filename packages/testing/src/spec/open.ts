import { WaybillError } from '@waybill/core';

/** Messages of this test that nothing is asserted about yet. */
export const open = new Set<object>();

/**
 * A `when` without an assertion proves nothing. Called after each test, where the runner has a global `afterEach`
 * (jest, mocha, vitest with globals); with another runner, call it in a hook.
 * @throws WaybillError `SPEC_WITHOUT_ASSERTION`
 */
export function refuseOpenSpecs(): void {
  const count = open.size;
  open.clear();
  if (count === 0) return;
  throw new WaybillError(
    'SPEC_WITHOUT_ASSERTION',
    `${count} spec(…).when(…) in this test asserted nothing`,
    'end each with .then(event), .thenNothing(), …',
  );
}
(globalThis as { afterEach?: (hook: () => void) => void }).afterEach?.(refuseOpenSpecs);
