import { show, WaybillError } from '@waybill/core';

/** Characters in one call to `append`: its rows cross to the commit thread as one text. */
const CALL = 268_435_456;

/** One caller's input must not fail the commit that it shares with others, so it is checked first. @throws WaybillError `WRITE_BAD_TEXT` */
export function checkText(what: string, text: unknown): void {
  if (typeof text === 'string' && !/[\0\p{Surrogate}]/u.test(text)) return;
  throw new WaybillError(
    'WRITE_BAD_TEXT',
    `the ${what} is not a text without NUL and lone surrogates`,
    'pass the text as JSON.stringify made it',
  );
}

/** @throws WaybillError `WRITE_BAD_NUMBER` */
export function checkNumber(what: string, value: unknown): void {
  if (Number.isSafeInteger(value) && (value as number) >= 0) return;
  throw new WaybillError('WRITE_BAD_NUMBER', `the ${what} is ${show(value)}`, 'give a safe integer, 0 or above');
}

/** @throws WaybillError `WRITE_TOO_LARGE` */
export function checkCall(size: number): void {
  if (size <= CALL) return;
  throw new WaybillError('WRITE_TOO_LARGE', `one call to append holds ${size} characters, the limit is ${CALL}`, 'append in several calls');
}
