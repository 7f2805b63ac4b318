import { posix } from 'node:path';
import * as ts from 'typescript';

/** The public doors, by the file that opens each. What is internal promises nothing, so its names are not listed. */
export const PUBLIC: Readonly<Record<string, string>> = {
  waybill: 'packages/waybill/src/index.ts',
  '@waybill/core/store-kit': 'packages/core/src/store-kit.ts',
  '@waybill/testing': 'packages/testing/src/index.ts',
};
/** What `waybill` hands on whole. */
const HANDED_ON: Readonly<Record<string, string>> = { '@waybill/core': 'packages/core/src/index.ts' };

export interface Names {
  readonly values: readonly string[];
  readonly types: readonly string[];
}

/** The names that a door file exports, each on its own line of the file's export clauses; `read` gives the text of a file. */
export function namesOf(path: string, read: (path: string) => string): Names {
  const values = new Set<string>();
  const types = new Set<string>();
  const add = ({ values: v, types: t }: Names): void => {
    for (const name of v) values.add(name);
    for (const name of t) types.add(name);
  };
  for (const statement of ts.createSourceFile(path, read(path), ts.ScriptTarget.Latest, true).statements) {
    if (!ts.isExportDeclaration(statement)) continue;
    const { exportClause, moduleSpecifier, isTypeOnly } = statement;
    const specifier = moduleSpecifier && ts.isStringLiteral(moduleSpecifier) ? moduleSpecifier.text : '';
    const handedOn = HANDED_ON[specifier];
    if (exportClause && ts.isNamedExports(exportClause)) {
      for (const one of exportClause.elements) (isTypeOnly || one.isTypeOnly ? types : values).add(one.name.text);
    } else if (handedOn !== undefined) add(namesOf(handedOn, read));
    else throw new Error(`${path}: "${statement.getText()}" hides which names it exports; list them`);
  }
  const sorted = (names: ReadonlySet<string>): string[] => [...names].sort((a, b) => (a < b ? -1 : 1));
  return { values: sorted(values), types: sorted(types) };
}

/** As `names.txt` lists them. */
export function listing(read: (path: string) => string): string {
  const doors = Object.entries(PUBLIC).map(([name, path]) => {
    const { values, types } = namesOf(posix.normalize(path), read);
    const lines = (title: string, names: readonly string[]) => `${title} (${names.length})\n${names.map((one) => `  ${one}\n`).join('')}`;
    return `== ${name}\n${lines('values', values)}${lines('types', types)}`;
  });
  return `The public names, door by door. A new one is a decision: WAYBILL_NAMES=write npm test -- test/layout writes this list anew.\n\n${doors.join('\n')}`;
}
