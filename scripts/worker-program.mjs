// Packs the commit thread of @waybill/sqlite, with all that it imports, into one text: dist/commit/worker-program.js.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';

export async function make(root) {
  const folder = join(root, 'packages', 'sqlite', 'dist', 'commit');
  const { outputFiles } = await build({
    entryPoints: [join(folder, 'worker.js')],
    bundle: true,
    platform: 'node',
    target: 'node20.19',
    write: false,
  });
  writeFileSync(join(folder, 'worker-program.js'), `exports.text = ${JSON.stringify(outputFiles[0].text)};\n`);
}
