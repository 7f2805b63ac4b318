// Lets plain Node run the .ts files beside this one, and core's compiled files with a planted bug in them.
const { readFileSync } = require('node:fs');
const Module = require('node:module');
const { join } = require('node:path');
const ts = require('typescript');

const core = join(__dirname, '..', '..', 'packages', 'core', 'dist');
const { options } = ts.parseJsonConfigFileContent(
  ts.readConfigFile(join(__dirname, '..', '..', 'tsconfig.base.json'), (path) => readFileSync(path, 'utf8')).config,
  ts.sys,
  __dirname,
);

/** Every planted bug loads all of them anew. */
const compiled = new Map();

require.extensions['.ts'] = (module, path) => {
  let text = compiled.get(path);
  if (text === undefined) {
    const source = readFileSync(path, 'utf8');
    text = ts.transpileModule(source, { fileName: path, compilerOptions: { ...options, sourceMap: false } }).outputText;
    compiled.set(path, text);
  }
  module._compile(text, path);
};

/**
 * Changes of core's files, [file, from, to] each, for every copy that is loaded from now on.
 * `from` must stand there exactly once: a change that misses is an error, never a mutant that is not one.
 */
function plant(changes) {
  const read = require.extensions['.js'];
  require.extensions['.js'] = (module, path) => {
    const mine = path.startsWith(core) ? changes.filter(([file]) => path === join(core, `${file}.js`)) : [];
    if (mine.length === 0) return read(module, path);
    let text = readFileSync(path, 'utf8');
    for (const [file, from, to] of mine) {
      const parts = text.split(from);
      if (parts.length !== 2) throw new Error(`PLANT_MISSED: ${file}.js holds ${parts.length - 1} times: ${from}`);
      text = parts.join(to);
    }
    module._compile(text, path);
  };
  return () => void (require.extensions['.js'] = read);
}

/** Forgets every module of this repository, so that the next `require` loads a fresh copy. */
function forget() {
  const root = join(__dirname, '..', '..');
  for (const path of Object.keys(require.cache)) {
    const inside = path.startsWith(root) && !path.includes(`${join(root, 'node_modules')}`);
    if (inside && path !== __filename) delete require.cache[path];
  }
  delete globalThis[Symbol.for('@waybill/core')];
}

module.exports = { plant, forget };
void Module;
