// Processes of the soak: a heap that is measured is the heap of one job alone.
const { spawn } = require('node:child_process');
const { join } = require('node:path');
const { createInterface } = require('node:readline');

/** Runs a file beside this one to its end, and resolves to all that it said, later facts over earlier ones. */
async function childOf(file, args, signal, heard = () => undefined) {
  const child = spawn(process.execPath, ['--expose-gc', join(__dirname, file), ...args.map(String)], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  const kill = () => child.kill('SIGKILL');
  signal.addEventListener('abort', kill);
  if (signal.aborted) kill();
  const ended = new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, by) => (code === 0 ? resolve() : reject(new Error(`SOAK_CHILD: ${file} ended with ${by ?? code}`))));
  });
  const all = {};
  const lines = createInterface({ input: child.stdout }).on('line', (line) => {
    const fact = JSON.parse(line);
    Object.assign(all, fact);
    heard(fact);
  });
  try {
    await ended;
    return all;
  } finally {
    lines.close();
    signal.removeEventListener('abort', kill);
  }
}

module.exports = { childOf };
