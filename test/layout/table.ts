/** The house in three lists: who may import whom, the rooms of each package in order, the size of a file. `layout.test.ts` fails on anything else. */

export interface Rule {
  /** Packages that src may import, and that package.json may depend on. */
  readonly may: readonly string[];
  /** The same, for types only. */
  readonly types?: readonly string[];
  /** Packages that its tests may import as well: what it is tried against. */
  readonly tests?: readonly string[];
  /** Whether src may import `node:*`. */
  readonly node: boolean;
}

export const CORE = '@waybill/core';
/** Doors of packages besides their names. */
export const DOORS: readonly string[] = [`${CORE}/store-kit`, `${CORE}/internal`, '@waybill/testing/internal'];
/** Files of the root's test/ that the tests of any package may import. */
export const SHARED_KITS: readonly string[] = ['test/skipped', 'test/deadlines', 'test/whole'];
/** They see core through its store kit alone. */
export const STORE_FOLDERS: readonly string[] = [
  'packages/sqlite',
  'packages/eventstore-client',
  'packages/postgres',
  'packages/devserver',
];
const LIBRARIES = [CORE, 'waybill', '@waybill/testing', '@waybill/devserver', '@waybill/http', '@waybill/amqp'];
export const STORES: readonly string[] = ['@waybill/sqlite', '@waybill/eventstore-client', '@waybill/postgres'];
const ALL = [...LIBRARIES, ...STORES];

/** By folder. Stores import neither each other nor `waybill`. Samples and bench: see `ruleFor`. */
export const TABLE: Readonly<Record<string, Rule>> = {
  'packages/core': { may: ['reflect-metadata', 'rxjs'], types: ['@standard-schema/spec'], node: false },
  'packages/waybill': { may: [CORE, 'inversify', '@opentelemetry/api'], node: true },
  'packages/sqlite': { may: [CORE, '@waybill/sqlite-native'], node: true },
  'packages/eventstore-client': {
    may: [CORE, '@eventstore/db-client'],
    tests: ['@waybill/devserver', '@waybill/sqlite'],
    node: true,
  },
  'packages/postgres': { may: [CORE, 'pg'], node: true },
  'packages/testing': { may: [CORE], node: true },
  // Its command serves a SQLite file; the library takes any store.
  'packages/devserver': { may: [CORE, '@waybill/sqlite', '@eventstore/db-client', '@grpc/grpc-js', 'google-protobuf'], node: true },
  'packages/http': { may: [CORE], node: true },
  'packages/amqp': { may: [CORE, 'rhea'], node: true },
  'packages/cli': { may: [...ALL, 'commander', 'picocolors', 'cli-table3'], node: true },
  'packages/create-waybill': { may: [...ALL, 'commander', 'picocolors', '@clack/prompts'], node: true },
};

export interface Manifest {
  readonly name?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

/** What a package declares for its users, dev dependencies left out. */
export function declared(manifest: Manifest): string[] {
  return Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies, ...manifest.optionalDependencies });
}

/** Samples and bench are applications, so they have no public entry: test/ imports the files of their dist. */
export const isSample = (name: string): boolean => name.startsWith('@waybill/sample-') || name === '@waybill/bench';
export const isOurs = (name: string): boolean => name === 'waybill' || name === 'create-waybill' || name.startsWith('@waybill/');

/** The rule of a folder, or undefined when nobody has given it a place. */
export function ruleFor(folder: string, manifest: Manifest): Rule | undefined {
  const own = declared(manifest);
  if (folder === 'bench') return { may: [...ALL, ...own], node: true };
  if (folder.startsWith('samples/')) {
    const may = ['waybill', ...STORES, ...own.filter((name) => !isOurs(name))];
    return { may, tests: ['@waybill/devserver'], node: true };
  }
  return TABLE[folder];
}

/**
 * The rooms of a package's src from top to bottom: a file imports only its own room and rooms above it, and no files import each
 * other in a circle. What stands here without a room of its own is a door: a file of that name in src.
 */
export const ROOMS: Readonly<Record<string, readonly string[]>> = {
  'packages/core': [
    'base',
    'messages',
    'store',
    'actors',
    'history',
    'flow',
    'parking',
    'consumers',
    'deadlines',
    'projections',
    'system',
    'index',
    'store-kit',
    'internal',
  ],
  'packages/testing': ['contract', 'oracle', 'spec', 'simulate', 'index', 'internal'],
  'packages/sqlite': ['file', 'read', 'commit', 'tables', 'store', 'index'],
  'packages/waybill': ['base', 'personal', 'telemetry', 'guarantees', 'audit', 'explain', 'app', 'index'],
  'packages/devserver': ['wire', 'log', 'calls', 'append', 'read', 'persistent', 'streams-service', 'server', 'cli', 'index'],
  'packages/eventstore-client': [
    'connection',
    'format',
    'read',
    'append',
    'own-streams',
    'subscribe',
    'companion',
    'work',
    'store',
    'index',
  ],
};

export const FILE_LINES = 200;
export const CORE_LINES = 11200;
