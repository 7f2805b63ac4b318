import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

const root = resolve(__dirname, '../..');
const script = join(root, 'scripts/docs.mjs');

test('code in the documents is cut out of files that are built or tested', () => {
  const { status, stderr } = spawnSync(process.execPath, [script, '--check'], { encoding: 'utf8' });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
});

test('a document whose source has changed is found', () => {
  const code = `import { rendered } from ${JSON.stringify(`file://${script}`)};
    const text = '<!-- code: a.ts#x -->\\n\`\`\`ts\\nold\\n\`\`\`\\n\\n<!-- end -->';
    const now = rendered(text, () => '  // #region x\\n  new\\n  // #endregion');
    process.exit(now === text ? 1 : now.includes('\\nnew\\n') ? 0 : 2);`;
  expect(spawnSync(process.execPath, ['--input-type=module', '-e', code]).status).toBe(0);
});

const packages = [...readdirSync(join(root, 'packages')), 'sqlite/native'].map((name) => join('packages', name));
const readmes = packages.map((folder) => join(folder, 'README.md')).filter((file) => file !== 'packages/sqlite/native/README.md');

test.each([
  'README.md',
  'docs/changing-a-running-system.md',
  'ARCHITECTURE.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  'samples/orders-shipping/README.md',
  ...readmes,
])('every file that %s links to is there', (document) => {
  const missing = linksOf(document).filter((link) => !existsSync(join(root, dirname(document), link)));
  expect(missing).toEqual([]);
});

test.each(readmes)('%s says how to install the package, and links to nothing outside of it', (document) => {
  const { name } = JSON.parse(readFileSync(join(root, dirname(document), 'package.json'), 'utf8')) as { name: string };
  expect(readFileSync(join(root, document), 'utf8')).toMatch(new RegExp(`^npm install (?:.* )?${name}(?: |$)`, 'm'));
  expect(linksOf(document).filter((link) => link.startsWith('..'))).toEqual([]);
});

test.each(packages)('%s carries the license', (folder) => {
  expect(readFileSync(join(root, folder, 'LICENSE'), 'utf8')).toBe(readFileSync(join(root, 'LICENSE'), 'utf8'));
});

function linksOf(document: string): string[] {
  const text = readFileSync(join(root, document), 'utf8');
  return [...text.matchAll(/\]\((?!https?:)([^)#]+)/g)].map((match) => match[1] as string);
}

test('every npm script that the documents name is there', () => {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: Record<string, string> };
  const named = ['README.md', 'CONTRIBUTING.md'].flatMap((file) =>
    [...readFileSync(join(root, file), 'utf8').matchAll(/npm run ([\w-]+)/g)].map((match) => match[1] as string),
  );
  expect(named.filter((name) => !(name in scripts))).toEqual([]);
});
