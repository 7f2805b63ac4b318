import tseslint from 'typescript-eslint';

const unused = ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_', caughtErrorsIgnorePattern: '^_' }];
const runtime = 'Core gets time, chance and scheduling from the injected Runtime, so that a simulator can drive it.';

const outside = `Date performance crypto setTimeout setInterval setImmediate clearTimeout clearInterval clearImmediate queueMicrotask
  process console global globalThis Buffer require fetch`.split(/\s+/);

export default tseslint.config(
  { ignores: ['**/node_modules/', '**/dist/', '**/coverage/', '**/feeds/'] },
  {
    files: ['**/*.{js,mjs,cjs}'],
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: { eqeqeq: 'error', 'no-unused-vars': unused },
  },
  {
    files: ['**/*.ts'],
    languageOptions: {
      parser: tseslint.parser,
      parserOptions: {
        project: ['tsconfig.test.json'],
        tsconfigRootDir: import.meta.dirname,
      },
    },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    plugins: { '@typescript-eslint': tseslint.plugin },
    rules: {
      eqeqeq: 'error',
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/no-unused-vars': unused,
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
    },
  },
  { files: ['test/types/**/*.ts'], rules: { '@typescript-eslint/no-unused-vars': 'off' } },
  {
    files: ['packages/core/src/**/*.ts'],
    rules: {
      'no-restricted-globals': ['error', ...outside.map((name) => ({ name, message: runtime }))],
      'no-restricted-properties': [
        'error',
        { object: 'Math', property: 'random', message: runtime },
        { object: 'AbortSignal', property: 'timeout', message: runtime },
      ],
    },
  },
);
