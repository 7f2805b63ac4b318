import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { isBuiltin } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BuildOptions } from 'esbuild';
import { build } from 'esbuild';

const ROOT = join(__dirname, '..', '..');
const done = {
  version: 1,
  events: [{ orderId: 'o-1', customerId: 'c-7' }],
  shipping: ['took:OrderSubmitted', 'timer:ShipmentOverdue'],
};
const foreign = `require('node:fs').writeFileSync(require('node:path').join(__dirname, 'foreign'), ''); setInterval(() => {}, 1e6);`;

let folder: string;
beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'waybill-bundle-'))));
afterEach(() => rm(folder, { recursive: true, force: true }));

async function bundled(name: string, options: BuildOptions): Promise<string> {
  const outfile = join(folder, 'out', name);
  await build({ entryPoints: [join(__dirname, 'service.js')], bundle: true, platform: 'node', outfile, logLevel: 'error', ...options });
  return outfile;
}

/** What the service prints as its last line. It runs in a folder of its own: nothing is found by way of the working directory. */
async function run(bundle: string): Promise<unknown> {
  const cwd = join(folder, 'elsewhere');
  await mkdir(cwd, { recursive: true });
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [bundle, join(folder, 'app.db')], { cwd }, (error, stdout, stderr) => {
      const line = stdout.trim().split('\n').at(-1);
      if (line === undefined || line === '') reject(new Error(stderr, { cause: error }));
      else resolve(JSON.parse(line));
    });
  });
}

const asModule = `import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);`;

test.each<[string, string, BuildOptions]>([
  ['CommonJS', 'app.cjs', {}],
  ['CommonJS, minified', 'app.cjs', { minify: true }],
  ['an ES module, minified, with a `require` of its own', 'app.mjs', { format: 'esm', minify: true, banner: { js: asModule } }],
])('a service in one file commits in its thread, and runs no worker.js that lies there: %s', async (_, name, options) => {
  const bundle = await bundled(name, options);
  await writeFile(join(folder, 'out', 'worker.js'), foreign);
  await symlink(join(ROOT, 'node_modules'), join(folder, 'out', 'node_modules')); // the native driver, on a Node that needs it
  expect(await run(bundle)).toEqual(done);
  expect(await run(bundle)).toEqual(done);
  await expect(import('node:fs/promises').then(({ access }) => access(join(folder, 'out', 'foreign')))).rejects.toThrow('ENOENT');
});

test('a bundle whose native driver was left behind says where it looked for it', async () => {
  const bundle = await bundled('app.cjs', {});
  expect(await run(bundle)).toEqual(
    isBuiltin('node:sqlite')
      ? done
      : {
          code: 'STORE_NO_DRIVER',
          message: expect.stringMatching(/`npm install @waybill\/sqlite-native` where ".*app\.cjs" finds it/) as string,
        },
  );
});
