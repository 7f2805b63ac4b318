import { anyPersonal, WaybillError } from '@waybill/core';
import type { Definition, Keys, Runtime, Store } from '@waybill/core';
import { actorsWithPersonal, refusePersonalKeys, refusePersonalSnapshots } from './checks';
import { KeyRing } from './keys';
import { PersonalStore } from './store';
import { realRuntime } from '../base/runtime';

export interface PersonalOptions {
  /** Where the secrets are kept; default: the store's own key table. */
  readonly keys?: Keys | undefined;
  readonly runtime?: Runtime | undefined;
}

/**
 * `store` with the personal fields of messages encrypted in what is appended and in clear in what is read: for code beside
 * an app that reads or writes the log of one. `App.start` takes the plain store and does this by itself.
 * @throws WaybillError `PERSONAL_WITHOUT_KEYS`, `PERSONAL_STORE_TWICE`
 */
export function personalStore(store: Store, { keys = store.keys, runtime = realRuntime }: PersonalOptions = {}): Store {
  refuseTwice(store);
  return new PersonalStore(store, new KeyRing(mustHave(keys), () => runtime.now()));
}

/** What an app has to do with personal data: the store that its flow works on, and the way to forget. */
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
    'messages with personal data are declared, and this store keeps no keys',
    'pass App.start({ keys }) a key provider: load, keep and forget',
  );
}

function refuseTwice(store: Store): void {
  if (!(store instanceof PersonalStore)) return;
  throw new WaybillError('PERSONAL_STORE_TWICE', 'this store encrypts personal data already', 'pass the plain store');
}
