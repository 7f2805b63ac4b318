import { checkName } from '../limits';
import type { ViewRow, Views } from '../port';

/** Read models of the memory store; `mustBeOpen` throws once the store is closed, `dropped` is told what is gone. */
export function memoryViews(views: Map<string, Map<string, ViewRow>>, mustBeOpen: () => void, dropped: (view: string) => void): Views {
  const rowsOf = (view: string) => {
    mustBeOpen();
    return views.get(view) ?? new Map<string, ViewRow>();
  };
  return {
    load: async (view, keys) => {
      const rows = rowsOf(view);
      return keys.flatMap((key) => rows.get(key) ?? []);
    },
    all: async (view, { after = '', limit } = {}) =>
      [...rowsOf(view).values()]
        .filter(({ key, row }) => row !== undefined && byCodePoint(key, after) > 0)
        .sort((a, b) => byCodePoint(a.key, b.key))
        .slice(0, limit),
    write: async (view, writes) => {
      const rows = rowsOf(view);
      checkName('view', view);
      for (const { key } of writes) checkName('view key', key);
      views.set(view, rows);
      return writes.map(({ key, row, blocked, position, expected }) => {
        const held = (rows.get(key)?.position ?? 0) === expected;
        if (held) rows.set(key, Object.freeze({ key, row, ...(blocked !== undefined && { blocked }), position }));
        return held;
      });
    },
    drop: async (view) => {
      mustBeOpen();
      checkName('view', view);
      views.delete(view);
      dropped(view);
    },
  };
}

/** As databases order UTF-8: the order of JavaScript's strings differs above U+FFFF. */
function byCodePoint(a: string, b: string): number {
  for (let i = 0; i < a.length && i < b.length; i++) {
    if (a[i] !== b[i]) return a.codePointAt(i)! - b.codePointAt(i)!;
  }
  return a.length - b.length;
}
