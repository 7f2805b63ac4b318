// npm run findings [-- NAME …]: runs findings/NAME.sh one after another, all of them without names. See findings/README.md.
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = join(dirname(fileURLToPath(import.meta.url)), '..', 'findings');
const MINUTES = 10;

/** Runs a script with a temporary folder of its own: what the script printed, and why it ended. */
function run(file) {
  const dir = mkdtempSync(join(tmpdir(), 'finding-'));
  return new Promise((resolve) => {
    let printed = '';
    // A group of its own, so that what the script started ends with it.
    const child = spawn('bash', [join(folder, file)], {
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, TMPDIR: dir },
    });
    const kill = () => {
      try {
        process.kill(-child.pid, 'SIGKILL');
      } catch (error) {
        if (error.code !== 'ESRCH') throw error;
      }
    };
    const end = (code, why) => {
      clearTimeout(timer);
      process.off('SIGINT', interrupted);
      kill();
      const left = readdirSync(dir);
      rmSync(dir, { recursive: true, force: true });
      if (code === 0 && left.length > 0) resolve({ result: 'failed', why: `left ${left.join(', ')} behind`, printed });
      else resolve({ result: { 0: 'ok', 1: 'changed' }[code] ?? 'failed', why, printed });
    };
    const interrupted = () => {
      kill();
      rmSync(dir, { recursive: true, force: true });
      process.exit(130);
    };
    const timer = setTimeout(kill, MINUTES * 60_000);
    process.once('SIGINT', interrupted);
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (part) => (printed += part));
    child.once('error', (error) => end(2, error.message));
    child.once('close', (code, signal) =>
      end(code ?? 2, signal ? `ended by ${signal}, after ${MINUTES} minutes at most` : `exit code ${code}`),
    );
  });
}

const all = readdirSync(folder).filter((file) => file.endsWith('.sh'));
const names = process.argv.slice(2);
const unknown = names.filter((name) => !all.includes(`${name}.sh`));
if (unknown.length > 0) {
  console.error(`UNKNOWN_FINDING: there is no findings/${unknown[0]}.sh. Fix: one of ${all.map((file) => file.slice(0, -3)).join(', ')}.`);
  process.exit(2);
}
for (const file of names.length > 0 ? names.map((name) => `${name}.sh`) : all) {
  const { result, why, printed } = await run(file);
  console.log(`${result.padEnd(8)} ${file}${result === 'ok' ? '' : ` (${why})`}`);
  if (result !== 'ok' && printed !== '') console.log(printed.trimEnd().replace(/^/gm, '         '));
  if (result !== 'ok') process.exitCode = 1;
}
