// Lets plain Node run the .ts files of test/, compiled once per sweep: the compiler takes longer to load than a run takes to die.
const { existsSync, readFileSync, renameSync, writeFileSync } = require('node:fs');
const { basename, join } = require('node:path');

const cache = process.env.WAYBILL_SWEEP_COMPILED;
const plain = require.extensions['.ts'];

if (!plain) {
  require.extensions['.ts'] = (module, path) => {
    const kept = cache && join(cache, `${basename(path)}.js`);
    if (kept && existsSync(kept)) return module._compile(readFileSync(kept, 'utf8'), path);
    const text = compiled(path);
    if (kept) {
      writeFileSync(`${kept}.${process.pid}`, text);
      renameSync(`${kept}.${process.pid}`, kept);
    }
    return module._compile(text, path);
  };
}

function compiled(path) {
  const ts = require('typescript');
  const base = join(__dirname, '..', '..', 'tsconfig.base.json');
  const { config } = ts.readConfigFile(base, (file) => readFileSync(file, 'utf8'));
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, __dirname);
  return ts.transpileModule(readFileSync(path, 'utf8'), { fileName: path, compilerOptions: { ...options, sourceMap: false } }).outputText;
}
