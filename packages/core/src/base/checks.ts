import { WaybillError, show } from './errors';

/** Without this check a misspelt option would be silently ignored. @throws WaybillError `OPTION_INVALID` */
export function checkOptions(options: unknown, where: string, known: readonly string[]): void {
  const fix = `give an object with any of ${known.join(', ')}`;
  if (!isObject(options)) throw new WaybillError('OPTION_INVALID', `the options of ${where} are ${show(options)}`, fix);
  const unknown = Object.keys(options).find((name) => !known.includes(name));
  if (unknown !== undefined) throw new WaybillError('OPTION_INVALID', `${where} has no option ${show(unknown)}`, fix);
}

export function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
