// npm run sweep -- [points pairs recoveries faults full] [--every 5] [--pairs 500] [--seed 1] [--thread main|worker] [--json]
const { parseArgs } = require('node:util');

const HELP = `npm run sweep -- [part …]   kills and faults at every point of a run on SQLite, or these parts of it:
  points       SIGKILL at every await point in turn, commits in the main thread, then in the worker
  pairs        SIGKILL at a point, and at another one of the next process: drawn from a seed
  recoveries   SIGKILL at every point of the process that comes after a kill
  faults       strace: EIO, ENOSPC, SIGKILL at every write and sync of the store's files
  full         a disk that is full at every size, then has space again
  flips        one bit of every byte of the store's file, and of its -wal file; only when it is named
  --every <n>      only every n-th point, 1 if not given
  --pairs <n>      how many pairs, 500 if not given
  --seed <n>       of the pairs, 1 if not given
  --thread <main|worker>   where commits happen; points takes both if not given, the others main
  --json           prints one JSON value
Exit code 0: every verdict is right. 1: one is not. 2: wrong usage.`;
const USUAL = ['points', 'pairs', 'recoveries', 'faults', 'full'];
const PARTS = [...USUAL, 'flips'];

function stop(what, fix) {
  console.error(`SWEEP_USAGE: ${what}. Fix: ${fix}.\n\n${HELP}`);
  process.exit(2);
}

function options() {
  const text = { type: 'string' };
  const flag = { type: 'boolean', default: false };
  try {
    return parseArgs({
      allowPositionals: true,
      options: { every: text, pairs: text, seed: text, thread: text, json: flag, help: flag },
    });
  } catch (error) {
    return stop(error.message.replace(/\.$/, ''), 'see below');
  }
}

function numberOf(name, text, otherwise) {
  if (text === undefined) return otherwise;
  if (!/^[1-9]\d{0,8}$/.test(text)) stop(`--${name} is ${text}`, 'give a whole number above 0');
  return Number(text);
}

function asked() {
  const { values, positionals } = options();
  if (values.help) {
    console.log(HELP);
    process.exit(0);
  }
  for (const part of positionals) if (!PARTS.includes(part)) stop(`there is no part "${part}"`, `name some of ${PARTS.join(', ')}`);
  const { thread } = values;
  if (thread !== undefined && thread !== 'main' && thread !== 'worker') stop(`--thread is ${thread}`, 'give main or worker');
  return {
    parts: positionals.length > 0 ? positionals : USUAL,
    threads: thread === undefined ? ['main', 'worker'] : [thread],
    every: numberOf('every', values.every, 1),
    count: numberOf('pairs', values.pairs, 500),
    seed: numberOf('seed', values.seed, 1),
    json: values.json,
  };
}

/** The reports of one part. */
async function sweep(bench, part, { threads, every, count, seed }) {
  const { points, pairs, recoveries } = require('./kills.cjs');
  const { faults, noFaults } = require('./faults.cjs');
  const { full, noDisk } = require('./full.cjs');
  const thread = threads[0];
  const skipped = part === 'faults' ? noFaults() : part === 'full' ? noDisk() : undefined;
  if (skipped !== undefined) return [{ kind: part, skipped }];
  if (part === 'points')
    return [...(await points(bench, { thread, every })), ...(threads[1] ? await points(bench, { thread: threads[1], every }) : [])];
  if (part === 'flips') return require('./flips.cjs').flips(bench, { every });
  if (part === 'pairs') return pairs(bench, { thread, count, seed });
  if (part === 'recoveries') return recoveries(bench, { every });
  return part === 'faults' ? faults(bench, { thread, every }) : full(bench, { thread, every });
}

function lineOf({ kind, skipped, points, runs, kills, ok, ends, failures }) {
  if (skipped !== undefined) return `${kind}: skipped: ${skipped}`;
  const died = kills === undefined ? '' : `, ${kills} kills`;
  const how =
    ends === undefined
      ? ''
      : `; ${Object.entries(ends)
          .map(([end, n]) => `${n} ${end}`)
          .join(', ')}`;
  const wrong = failures.slice(0, 5).map((failure) => `\n  ${JSON.stringify(failure)}`);
  return `${kind}: ${points} points, ${runs} runs${died}, ${ok} right, ${failures.length} wrong${how}${wrong.join('')}`;
}

async function main() {
  const wanted = asked();
  const { Bench } = require('./sweep.cjs');
  const bench = new Bench();
  // A second Ctrl-C finds nothing left to tidy up.
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(130));
  process.on('exit', () => bench.close());
  const reports = [];
  for (const part of wanted.parts) {
    for (const report of await sweep(bench, part, wanted)) {
      reports.push(report);
      if (!wanted.json) console.log(lineOf(report));
    }
  }
  if (wanted.json) console.log(JSON.stringify(reports));
  process.exitCode = reports.some(({ failures = [] }) => failures.length > 0) ? 1 : 0;
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
