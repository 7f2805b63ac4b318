import { show, WaybillError } from '@waybill/core';

/**
 * The checks of the compiler, for plain JavaScript: otherwise a wrong store or list would fail somewhere inside, or in a promise
 * that nobody awaits.
 * @throws WaybillError `OPTION_INVALID`
 */
export function checkStartOptions(options: unknown): void {
  const { store, use } = (options ?? {}) as { readonly store?: unknown; readonly use?: unknown };
  const fix = 'App.start({ store: sqlite(file), use: [SomeClass] })';
  if (!Array.isArray(use)) throw new WaybillError('OPTION_INVALID', `use of App.start is ${show(use)}, not a list of classes`, fix);
  if (isStore(store)) return;
  const what = store instanceof Promise ? 'a promise' : show(store);
  throw new WaybillError(
    'OPTION_INVALID',
    `store of App.start is ${what}, not a store`,
    store instanceof Promise ? `await it: ${fix}` : fix,
  );
}

function isStore(store: unknown): boolean {
  return typeof store === 'object' && store !== null && !(store instanceof Promise);
}
