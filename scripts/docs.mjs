// Cuts the code of the documents out of files that are built or tested. `node scripts/docs.mjs` writes, `--check` only looks.
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
export const DOCUMENTS = [
  'README.md',
  'docs/changing-a-running-system.md',
  'packages/waybill/README.md',
  'packages/testing/README.md',
  'packages/devserver/README.md',
  'packages/eventstore-client/README.md',
  'packages/sqlite/README.md',
];
const BLOCK = /<!-- code: (\S+?)(?:#(\S+))? -->\n+```(\w+)\n[\s\S]*?```\n+<!-- end -->/g;

/** A whole file, or what stands between `// #region NAME` and `// #endregion`, moved to the margin. */
export function cut(text, region, place) {
  if (!region) return text.trimEnd();
  const lines = text.split('\n');
  const from = lines.findIndex((line) => line.trim() === `// #region ${region}`);
  const to = lines.findIndex((line, i) => i > from && line.trim() === '// #endregion');
  if (from < 0 || to < 0) throw new Error(`${place} has no region "${region}"`);
  const body = lines.slice(from + 1, to);
  const margin = Math.min(...body.filter((line) => line.trim()).map((line) => line.search(/\S/)));
  return body.map((line) => line.slice(margin)).join('\n');
}

export function rendered(text, read = (file) => readFileSync(join(root, file), 'utf8')) {
  return text.replace(BLOCK, (_, file, region, language) => {
    const name = region ? `${file}#${region}` : file;
    return `<!-- code: ${name} -->\n\n\`\`\`${language}\n${cut(read(file), region, file)}\n\`\`\`\n\n<!-- end -->`;
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const file of DOCUMENTS) {
    const text = readFileSync(join(root, file), 'utf8');
    const now = rendered(text);
    if (now === text) continue;
    if (process.argv.includes('--check')) {
      process.stderr.write(`${file} shows code that its source no longer has. Fix: node scripts/docs.mjs\n`);
      process.exitCode = 1;
    } else writeFileSync(join(root, file), now);
  }
}
