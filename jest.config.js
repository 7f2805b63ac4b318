/** Types are checked by tsc in the same script, so ts-jest only strips them. Packages are tested as built: one copy of core per process. */
module.exports = {
  // A bound for hangs on the slowest machine, never a measure.
  testTimeout: 600_000,
  testEnvironment: 'node',
  testSequencer: '<rootDir>/test/sequencer.cjs',
  testMatch: [
    '<rootDir>/packages/*/test/**/*.test.ts',
    '<rootDir>/samples/*/test/**/*.test.ts',
    '<rootDir>/bench/test/**/*.test.ts',
    '<rootDir>/test/**/*.test.ts',
  ],
  testPathIgnorePatterns: ['/node_modules/', '/dist/'],
  transform: { '^.+\\.ts$': ['ts-jest', { tsconfig: '<rootDir>/tsconfig.test.json' }] },
};
