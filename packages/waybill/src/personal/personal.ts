import { anyPersonal, WaybillError } from '@waybill/core';
import type { Definition, Keys, Runtime, Store } from '@waybill/core';
import { realRuntime } from '../base/runtime';
import { actorsWithPersonal, refusePersonalKeys, refusePersonalSnapshots } from './checks';
import { KeyRing } from './keys';
import { PersonalStore } from './store';

export interface PersonalOptions {
  /** Where the secrets are kept; default: the store's own key table. */
  readonly keys?: Keys | undefined;
  readonly runtime?: Runtime | undefined;
}

/**
 * `store` with the personal fields of messages encrypted when appended and decrypted when read: for code outside of an app that
 * reads or writes its log. `App.start` takes the plain store and does this itself.
 * @throws WaybillError `PERSONAL_WITHOUT_KEYS`, `PERSONAL_STORE_TWICE`
 */
export function personalStore(store: Store, { keys = store.keys, runtime = realRuntime }: PersonalOptions = {}): Store {
  refuseTwice(store);
  return new PersonalStore(store, new KeyRing(mustHave(keys), () => runtime.now()));
}

/** The store that an app's flow works on, with personal data encrypted, and how to forget a person. */
export interface PersonalSide {
  readonly store: Store;
  forget(subject: string | readonly string[]): Promise<void>;
}

/** @throws WaybillError `PERSONAL_WITHOUT_KEYS`, `PERSONAL_STORE_TWICE`, `PERSONAL_KEY`, `PERSONAL_SNAPSHOT` */
export function personalSide(store: Store, keys: Keys | undefined, runtime: Runtime, definitions: readonly Definition[]): PersonalSide {
  refuseTwice(store);
  refusePersonalKeys(definitions);
  refusePersonalSnapshots(definitions);
  const ring = (): KeyRing => new KeyRing(mustHave(keys ?? store.keys), () => runtime.now());
  const forget = (one: KeyRing, subject: string | readonly string[]): Promise<void> => one.forget([subject].flat());
  if (!anyPersonal()) return { store, forget: async (subject) => forget(ring(), subject) };
  const shared = ring();
  return {
    store: new PersonalStore(store, shared, { actors: actorsWithPersonal(definitions) }),
    forget: (subject) => forget(shared, subject),
  };
}

function mustHave(keys: Keys | undefined): Keys {
  if (keys) return keys;
  throw new WaybillError(
    'PERSONAL_WITHOUT_KEYS',
    'messages with personal data are declared, but this store keeps no keys',
    'pass a key provider, App.start({ keys }), with load, keep and forget',
  );
}

function refuseTwice(store: Store): void {
  if (!(store instanceof PersonalStore)) return;
  throw new WaybillError('PERSONAL_STORE_TWICE', 'this store encrypts personal data already', 'pass the plain store');
}
