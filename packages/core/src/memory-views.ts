import type { ViewRow, Views } from './store';
import { checkName } from './store-limits';

/** Read models of the memory store; `mustBeOpen` throws once the store is closed. */
export function memoryViews(mustBeOpen: () => void): Views {
  const views = new Map<string, Map<string, ViewRow>>();
  const rowsOf = (view: string) => {
    mustBeOpen();
    return views.get(view) ?? new Map<string, ViewRow>();
  };
  return {
    load: async (view, keys) => {
      const rows = rowsOf(view);
      return keys.flatMap((key) => rows.get(key) ?? []);
    },
    all: async (view) => [...rowsOf(view).values()].filter(({ row }) => row !== undefined).sort(byKey),
    write: async (view, writes) => {
      const rows = rowsOf(view);
      checkName('view', view);
      for (const { key } of writes) checkName('view key', key);
      views.set(view, rows);
      return writes.map(({ key, row, position, expected }) => {
        const held = (rows.get(key)?.position ?? 0) === expected;
        if (held) rows.set(key, Object.freeze({ key, row, position }));
        return held;
      });
    },
  };
}

/** By code point, as databases order UTF-8: the order of JavaScript's strings differs above U+FFFF. */
function byKey({ key: a }: ViewRow, { key: b }: ViewRow): number {
  for (let i = 0; i < a.length && i < b.length; i++) {
    if (a[i] !== b[i]) return a.codePointAt(i)! - b.codePointAt(i)!;
  }
  return a.length - b.length;
}
