// node test/inputs/fuzz.cjs [--inputs 1000000] [--seed 1] [--json]
const { parseArgs } = require('node:util');

const HELP = `node test/inputs/fuzz.cjs   texts as a log, a feed or a disk may hold them, given to all that reads them
  --inputs <n>   how many, 1000000 if not given
  --seed <n>     other inputs, 1 if not given
  --json         prints one JSON value`;

function usage(what) {
  console.error(`FUZZ_USAGE: ${what}. Fix: see below.\n\n${HELP}`);
  process.exit(2);
}

function options() {
  const text = (value) => ({ type: 'string', default: value });
  const flag = { type: 'boolean', default: false };
  try {
    const { values } = parseArgs({ options: { inputs: text('1000000'), seed: text('1'), json: flag, help: flag } });
    for (const name of ['inputs', 'seed']) if (!/^[1-9]\d{0,9}$/.test(values[name])) usage(`--${name} is ${JSON.stringify(values[name])}`);
    return values;
  } catch (error) {
    return usage(error.message.split('. ')[0]);
  }
}

async function main() {
  const { inputs, seed, json, help } = options();
  if (help) return console.log(HELP);
  const { fuzz } = require('./fuzzing.cjs');
  const started = performance.now();
  const report = await fuzz(Number(inputs), Number(seed), json ? undefined : console.log);
  const seconds = (performance.now() - started) / 1000;
  if (json) console.log(JSON.stringify({ ...report, seconds }));
  else {
    console.log(`${report.inputs} inputs in ${seconds.toFixed(1)} s: ${report.decoded} read, ${report.coded} refused by code`);
    for (const { name, finding, input, times } of report.findings) console.log(`FOUND ${times} × ${name}: ${finding}\n  ${input}`);
  }
  if (report.findings.length > 0) process.exitCode = 1;
}

main();
