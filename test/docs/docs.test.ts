import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
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

test.each([
  'README.md',
  'ARCHITECTURE.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  'samples/orders-shipping/README.md',
  'packages/waybill/README.md',
  'packages/testing/README.md',
])('every file that %s links to is there', (document) => {
  const text = readFileSync(join(root, document), 'utf8');
  const links = [...text.matchAll(/\]\((?!https?:)([^)#]+)/g)].map((match) => match[1] as string);
  const missing = links.filter((link) => !existsSync(join(root, dirname(document), link)));
  expect(missing).toEqual([]);
});

test('every npm script that the documents name is there', () => {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: Record<string, string> };
  const named = ['README.md', 'CONTRIBUTING.md'].flatMap((file) =>
    [...readFileSync(join(root, file), 'utf8').matchAll(/npm run ([\w-]+)/g)].map((match) => match[1] as string),
  );
  expect(named.filter((name) => !(name in scripts))).toEqual([]);
});
