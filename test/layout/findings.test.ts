import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

const folder = join(__dirname, '../../findings');
const scripts = readdirSync(folder).filter((name) => name.endsWith('.sh'));

/** What findings/README.md asks of a script and can be seen without running it. */
describe.each(scripts)('findings/%s', (name) => {
  const text = readFileSync(join(folder, name), 'utf8');

  test('opens with what it found: a sentence, versions, behaviour, why it matters', () => {
    const opening = text.slice(0, text.indexOf('\nset -euo pipefail\n'));
    expect(opening).toMatch(
      /^#!\/usr\/bin\/env bash\n# [A-Za-z@][^\n]+\.\n#\n# Versions?: [^]*\n# Behaviour: [^]*\n# Why it matters here: [^]*\.$/,
    );
    expect(opening.split('\n').filter((line) => !line.startsWith('#'))).toEqual([]);
  });

  test('can be run, works in a folder of its own, and takes that away', () => {
    if (process.platform !== 'win32') expect(statSync(join(folder, name)).mode & 0o111).not.toBe(0);
    expect(text).toContain(`dir=$(mktemp -d)\ntrap 'rm -rf "$dir"' EXIT\ncd "$dir"\n`);
  });

  test('installs pinned packages, none of them ours', () => {
    const [, packages = ''] = /npm install ((?:[^\n]*\\\n)*[^\n]*) \|\| exit 2\n/.exec(text) ?? [];
    const specs = packages.split(/[\s\\]+/).filter((word) => !word.startsWith('--'));
    expect(specs.length).toBeGreaterThan(0);
    expect(specs.filter((spec) => !/^(@[\w.-]+\/)?[\w.-]+@\d+\.\d+\.\d+$/.test(spec))).toEqual([]);
    expect(text).not.toMatch(/waybill/i);
  });
});
