import type { Keys, Store, Views } from '@waybill/core/store-kit';

/** Views in another store, under names that hold the id of this log: the same projection on another log has rows of its own. */
export function companionViews({ views }: Pick<Store, 'views'>, log: string, mustBeOpen: () => void): Views | undefined {
  if (!views) return undefined;
  const named = (view: string): string => {
    mustBeOpen();
    return view === '' ? '' : `${log}:${view}`;
  };
  return {
    apart: true,
    load: async (view, keys) => views.load(named(view), keys),
    all: async (view, page) => views.all(named(view), page),
    write: async (view, writes) => views.write(named(view), writes),
    drop: async (view) => views.drop(named(view)),
  };
}

/** Keys belong to people, not to a log: whoever is forgotten is forgotten in every copy. */
export function companionKeys({ keys }: Pick<Store, 'keys'>, mustBeOpen: () => void): Keys | undefined {
  if (!keys) return undefined;
  const open = <T>(work: () => Promise<T>): Promise<T> => {
    mustBeOpen();
    return work();
  };
  return {
    load: async (subjects) => open(() => keys.load(subjects)),
    keep: async (subject, secret) => open(() => keys.keep(subject, secret)),
    forget: async (subject) => open(() => keys.forget(subject)),
    ...(keys.forgotten && { forgotten: async (subjects) => open(() => keys.forgotten?.(subjects) ?? Promise.resolve(new Set())) }),
  };
}
