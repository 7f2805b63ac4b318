import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';

const ROOT = resolve(__dirname, '../..');

/** Every code that the packages can raise, and the files that name it: texts in capitals, and what SQLite's store puts STORE_ before. */
export function codesInSource(): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  for (const file of sourceFiles()) {
    const text = readFileSync(join(ROOT, file), 'utf8');
    for (const code of codesIn(text, file.startsWith('packages/sqlite/'))) found.set(code, [...(found.get(code) ?? []), file]);
  }
  return found;
}

export function codesIn(text: string, isSqlite = false): ReadonlySet<string> {
  const code = text.replace(/\/\*[^]*?\*\/|^\s*\/\/.*$/gm, '');
  const named = [...code.matchAll(/(?<![\w-])'([A-Z]+(?:_[A-Z]+)+)'/g)].map(([, name]) => name as string);
  const made = [...code.matchAll(/(?:WaybillError|super|failure|refused)\(\s*'([A-Z]+)'/g)].map(([, name]) => name as string);
  return new Set(
    [...named, ...made].map((name) => (isSqlite && !/^(STORE|WRITE|CHECKPOINT|TRUNCATE|WAYBILL)_/.test(name) ? `STORE_${name}` : name)),
  );
}

function sourceFiles(): readonly string[] {
  return readdirSync(join(ROOT, 'packages')).flatMap((name) =>
    readdirSync(join(ROOT, 'packages', name, 'src'), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
      .map((entry) => relative(ROOT, join(entry.parentPath, entry.name))),
  );
}
