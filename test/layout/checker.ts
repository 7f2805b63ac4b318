import { builtinModules } from 'node:module';
import { posix } from 'node:path';
import * as ts from 'typescript';
import type { Manifest, Rule } from './table';
import { CORE, declared, DOORS, isOurs, isSample, STORE_FOLDERS } from './table';

/** Paths are relative to the root of the repository, with forward slashes. A violation is one line: where, what, instead of what. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
}
export interface Folder {
  readonly path: string;
  readonly manifest: Manifest;
  readonly rule: Rule | undefined;
}
interface Imported {
  readonly specifier: string;
  readonly typeOnly: boolean;
  readonly line: number;
}

/** Every import, export-from, require, import() and import type of a file, whether or not it is used. */
export function importsOf(file: SourceFile): Imported[] {
  const source = ts.createSourceFile(file.path, file.text, ts.ScriptTarget.Latest, true);
  const found: Imported[] = [];
  const add = (node: ts.Node | undefined, typeOnly: boolean): void => {
    if (node === undefined || !ts.isStringLiteralLike(node)) return;
    found.push({ specifier: node.text, typeOnly, line: source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1 });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) add(node.moduleSpecifier, importsTypesOnly(node.importClause));
    else if (ts.isExportDeclaration(node)) add(node.moduleSpecifier, node.isTypeOnly);
    else if (ts.isExternalModuleReference(node)) add(node.expression, false);
    else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) add(node.argument.literal, true);
    else if (ts.isCallExpression(node) && loadsModule(node.expression)) add(node.arguments[0], false);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

function importsTypesOnly(clause: ts.ImportClause | undefined): boolean {
  if (clause === undefined) return false;
  if (clause.isTypeOnly) return true;
  const named = clause.namedBindings;
  return clause.name === undefined && named !== undefined && ts.isNamedImports(named) && named.elements.every((one) => one.isTypeOnly);
}

function loadsModule(called: ts.Expression): boolean {
  if (called.kind === ts.SyntaxKind.ImportKeyword) return true;
  const text = called.getText();
  return text === 'require' || text === 'require.resolve' || text === 'jest.requireActual' || text === 'jest.mock';
}

const isBuiltin = (specifier: string): boolean => specifier.startsWith('node:') || builtinModules.includes(specifier);
const packageOf = (specifier: string): string => specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
const reachesInside = (specifier: string): boolean =>
  isOurs(packageOf(specifier)) && !isSample(packageOf(specifier)) && specifier !== packageOf(specifier) && !DOORS.includes(specifier);

/** Stores know the store kit alone, and applications neither it nor what is internal. */
const isClosed = (path: string, specifier: string): boolean =>
  packageOf(specifier) === CORE && (STORE_FOLDERS.includes(path) ? specifier !== `${CORE}/store-kit` : path.startsWith('samples/'));

/** Doors that only the tests of this repository may use. */
const TEST_DOORS: readonly string[] = ['@waybill/testing/internal'];

/** Arrows out of one file of a workspace folder. In src the table holds; its tests may also use the test tools and the package itself. */
export function checkImports(folder: Folder, file: SourceFile, testTools: readonly string[]): string[] {
  const { path, manifest, rule } = folder;
  if (rule === undefined) return [`${path}: has no place in the table (test/layout/table.ts)`];
  const inSrc = file.path.startsWith(`${path}/src/`);
  const tools = inSrc ? [] : [...testTools, ...(rule.tests ?? []), '@waybill/testing', manifest.name ?? ''];
  return importsOf(file).flatMap(({ specifier, typeOnly, line }) => {
    const wrong = (what: string): string[] => [`${file.path}:${line}: ${what}`];
    if (specifier.startsWith('.')) {
      const target = posix.join(posix.dirname(file.path), specifier);
      if (inSrc) return target.startsWith(`${path}/src/`) ? [] : wrong(`${specifier} leaves ${path}/src`);
      if (target === 'test/skipped') return [];
      if (!target.startsWith(`${path}/`)) return wrong(`${specifier} leaves ${path}`);
      return target.startsWith(`${path}/src`) ? wrong(`${specifier} is a second copy: import ${manifest.name ?? path} or ../dist/…`) : [];
    }
    if (isBuiltin(specifier)) {
      if (inSrc && !rule.node) return wrong(`${path} may not import ${specifier}`);
      return specifier.startsWith('node:') ? [] : wrong(`${specifier} is written node:${specifier}`);
    }
    const name = packageOf(specifier);
    if (reachesInside(specifier)) return wrong(`${specifier} reaches into ${name}`);
    if (inSrc && isClosed(path, specifier)) return wrong(`${specifier} is not a door of ${path}`);
    if (tools.includes(name)) return [];
    const typesOnly = rule.types?.includes(name) ?? false;
    if (typesOnly && !typeOnly) return wrong(`${path} may import only types from ${name}`);
    if (!typesOnly && !rule.may.includes(name)) return wrong(`${path} may not import ${name}`);
    return inSrc && !declared(manifest).includes(name) ? wrong(`${name} is not declared in ${path}/package.json`) : [];
  });
}

/** Files of the root's test/ import all packages and what these depend on, by name or by a test door, and each other; never a package's inside. */
export function checkRootTest(file: SourceFile, tools: readonly string[]): string[] {
  return importsOf(file).flatMap(({ specifier, line }) => {
    const wrong = (what: string): string[] => [`${file.path}:${line}: ${what}`];
    if (specifier.startsWith('.')) {
      return posix.join(posix.dirname(file.path), specifier).startsWith('test/') ? [] : wrong(`${specifier} leaves test`);
    }
    const name = packageOf(specifier);
    if (reachesInside(specifier) && !TEST_DOORS.includes(specifier)) return wrong(`${specifier} reaches into ${name}`);
    return isOurs(name) || specifier.startsWith('node:') || tools.includes(name) ? [] : wrong(`test may not import ${name}`);
  });
}

/** package.json: nothing that the table does not allow. */
export function checkManifest({ path, manifest, rule }: Folder): string[] {
  if (rule === undefined) return [`${path}: has no place in the table (test/layout/table.ts)`];
  const allowed = [...rule.may, ...(rule.types ?? [])];
  const forTests = [...allowed, '@waybill/testing', 'fast-check'];
  return [
    ...declared(manifest)
      .filter((name) => !allowed.includes(name) && !(path === 'bench' && isOurs(name)))
      .map((name) => `${path}/package.json: may not depend on ${name}`),
    ...Object.keys(manifest.devDependencies ?? {})
      .filter((name) => !forTests.includes(name) && !name.startsWith('@types/'))
      .map((name) => `${path}/package.json: may not depend on ${name}, not even in development`),
  ];
}

interface Arrow {
  readonly from: string;
  readonly to: string;
  readonly line: number;
}

/** Imports between files of one src, by path in it without `.ts`; types count like values. */
function arrowsIn(files: readonly SourceFile[], src: string): Arrow[] {
  const inside = (path: string): string => posix.relative(src, path).replace(/\.[jt]s$/, '');
  const known = new Set(files.map(({ path }) => inside(path)));
  return files.flatMap((file) =>
    importsOf(file)
      .filter(({ specifier }) => specifier.startsWith('.'))
      .map(({ specifier, line }) => {
        const to = inside(posix.join(posix.dirname(file.path), specifier));
        return { from: inside(file.path), to: known.has(to) ? to : posix.join(to, 'index'), line };
      }),
  );
}

/** Each file stands in a room of the list, or is a door of it, and imports only its own room and what stands above that. */
export function checkRooms(files: readonly SourceFile[], rooms: readonly string[], src: string): string[] {
  const roomOf = (name: string): string => name.split('/')[0] as string;
  const homeless = files
    .filter(({ path }) => !rooms.includes(roomOf(posix.relative(src, path).replace(/\.ts$/, ''))))
    .map(({ path }) => `${path}: stands in no room of the list (ROOMS in test/layout/table.ts)`);
  const upward = arrowsIn(files, src)
    .filter(({ from, to }) => rooms.indexOf(roomOf(to)) > rooms.indexOf(roomOf(from)))
    .map(({ from, to, line }) => `${posix.join(src, from)}.ts:${line}: ${roomOf(from)} imports ${to}, which does not stand above it`);
  return [...homeless, ...upward];
}

/** No files import each other in a circle, by types neither. Each circle is named once, from its first file in order of the alphabet. */
export function checkCircles(files: readonly SourceFile[], src: string): string[] {
  const next = new Map<string, Set<string>>();
  for (const { from, to } of arrowsIn(files, src)) next.set(from, (next.get(from) ?? new Set()).add(to));
  const circles = new Set<string>();
  const done = new Set<string>();
  const visit = (name: string, path: readonly string[]): void => {
    const at = path.indexOf(name);
    if (at >= 0) {
      const circle = path.slice(at);
      const first = circle.indexOf([...circle].sort()[0] as string);
      circles.add([...circle.slice(first), ...circle.slice(0, first), circle[first]].join(' → '));
    } else if (!done.has(name)) {
      for (const target of next.get(name) ?? []) visit(target, [...path, name]);
      done.add(name);
    }
  };
  for (const name of [...next.keys()].sort()) visit(name, []);
  return [...circles].map((circle) => `${src}: a circle of imports: ${circle}`);
}

const linesOf = ({ text }: SourceFile): number => text.split('\n').length - (text.endsWith('\n') ? 1 : 0);

export function checkFileSize(file: SourceFile, most: number): string[] {
  return linesOf(file) > most ? [`${file.path}: ${linesOf(file)} lines, at most ${most}`] : [];
}

export function checkTotalSize(files: readonly SourceFile[], most: number, name: string): string[] {
  const total = files.reduce((sum, file) => sum + linesOf(file), 0);
  return total > most ? [`${name}: ${total} lines in all, at most ${most}`] : [];
}

/** package-lock.json: each package comes from the public default registry, from this repository, or does not say. */
export function checkLockfile(text: string): string[] {
  const lock = JSON.parse(text) as { packages: Record<string, { resolved?: string; link?: boolean }> };
  return Object.entries(lock.packages)
    .filter(([, { resolved, link }]) => resolved !== undefined && link !== true && !resolved.startsWith('https://registry.npmjs.org/'))
    .map(([name, { resolved }]) => `package-lock.json: ${name} comes from ${String(resolved)}`);
}

/** Places that exist on one machine only have no business in a repository. */
export function checkPlaces(file: SourceFile): string[] {
  const place = /(?<![\w.@-])\/(?:work|tmp|home|root)\/[A-Za-z][\w./-]*|\.\.\/shared\b/g;
  return file.text
    .split('\n')
    .flatMap((line, at) => [...line.matchAll(place)].map(([found]) => `${file.path}:${at + 1}: names the place ${found}`));
}
