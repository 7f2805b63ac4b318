import { WaybillError } from './errors';

const LOADED = Symbol.for('@waybill/core');
declare const __filename: string | undefined;

/**
 * One copy of core per process. With two, an actor built with one and run by the other would throw a `Rejected` or return
 * a `discard()` that the other does not recognise: a wrong outcome without an error. So a second copy refuses to load.
 * @throws WaybillError `CORE_LOADED_TWICE`
 */
function claim(realm: object, place: string): void {
  const other = (realm as { [LOADED]?: string })[LOADED];
  if (other !== undefined) {
    throw new WaybillError(
      'CORE_LOADED_TWICE',
      `two copies of @waybill/core are loaded in this process (${other} and ${place})`,
      'install one version only (npm ls @waybill/core, npm dedupe), and do not load it again after jest.resetModules',
    );
  }
  Object.defineProperty(realm, LOADED, { value: place });
}

// eslint-disable-next-line no-restricted-globals -- the only object that both copies can see
claim(globalThis, typeof __filename === 'string' ? __filename : 'a bundle');
