import { WaybillError } from '@waybill/core';
import type { UseClass } from '@waybill/core';
import { classEntry } from '@waybill/core/internal';
import { show } from '@waybill/core/store-kit';

/** The name of a class of this app. @throws WaybillError `NOT_IN_USE`, `CLASS_NOT_DECORATED` */
export function nameInUse(use: readonly UseClass[], target: UseClass, kind: string): string {
  const given = classEntry(target);
  if (given.kind === kind && use.includes(target)) return given.name;
  const isTwin = (used: UseClass): boolean => classEntry(used).kind === kind && classEntry(used).name === given.name;
  if (given.kind !== kind || !use.some(isTwin))
    throw new WaybillError('NOT_IN_USE', `this app has no ${kind} ${target.name}`, `list it in App.start({ use: […] })`);
  const what = `the ${kind} ${show(given.name)} of this app is another class than the ${target.name} that was given: its module was loaded twice`;
  throw new WaybillError(
    'NOT_IN_USE',
    what,
    'after a hot reload stop the app, and start it with the new classes; else import it by one path',
  );
}
