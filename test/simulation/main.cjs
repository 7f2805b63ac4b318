// npm run simulate -- [workload …] [--seeds 100000 | --seeds 500-900] [--replay TAPE] [--watch] [--mutant NAME] [--json]
// npm run simulate -- --scorecard [part of a name …] [--json]
const { parseArgs } = require('node:util');
const { plant } = require('./load.cjs');

const HELP = `npm run simulate -- [workload …]   schedules of the workloads in test/simulation, or of those named
  --seeds <n | first-last>           how many, 2000 if not given
  --replay <tape>                    plays the schedule of a failure again; name its workload
  --watch                            prints all that happens
  --mutant <name>                    with a planted bug: see --scorecard
  --scorecard [part of a name …]     plants every bug in turn, and says which schedule finds it
  --hinted                           looks first where a bug that is hard to find was found before
  --json                             prints one JSON value`;

function options() {
  try {
    const flag = { type: 'boolean', default: false };
    const text = { type: 'string' };
    return parseArgs({
      allowPositionals: true,
      options: { seeds: text, replay: text, mutant: text, watch: flag, scorecard: flag, hinted: flag, json: flag, help: flag },
    });
  } catch (error) {
    return stop(error.message.split('. ')[0], 'see --help');
  }
}

function seedsOf(text = '2000') {
  const [, first, last] = /^(\d+)(?:-(\d+))?$/.exec(text) ?? [];
  if (first === undefined) stop(`--seeds is ${text}`, 'give a number, or the first and the last as 500-900');
  return last === undefined ? Number(first) : [Number(first), Number(last)];
}

function stop(what, fix) {
  console.error(`SIMULATE_USAGE: ${what}. Fix: ${fix}.`);
  process.exit(2);
}

function mutate(name) {
  const { mutants } = require('./mutants.ts');
  const mutant = mutants.find((one) => one.name === name);
  if (!mutant) stop(`no planted bug is named "${name}"`, 'look at the names with --scorecard');
  plant(mutant.changes);
}

async function main() {
  const { values, positionals } = options();
  if (values.help) return console.log(HELP);
  if (values.scorecard) return require('./scorecard.cjs').scorecard(positionals, values);
  if (values.mutant !== undefined) mutate(values.mutant);
  const { simulate } = require('@waybill/testing');
  const { workloads } = require('./workloads.ts');
  const names = positionals.length > 0 ? positionals : Object.keys(workloads);
  for (const name of names)
    if (!workloads[name]) stop(`there is no workload "${name}"`, `name some of ${Object.keys(workloads).join(', ')}`);
  if (values.replay !== undefined && names.length !== 1) stop('--replay goes with one workload', 'name the one that failed');
  const reports = {};
  for (const name of names) {
    const watch = (at, who, what) => console.log(`${String(Math.round(at)).padStart(9)}  ${who.padEnd(9)} ${what}`);
    const cpu = process.cpuUsage();
    const report = await simulate({
      ...workloads[name],
      seeds: seedsOf(values.seeds),
      ...(values.replay === undefined ? {} : { replay: values.replay }),
      ...(values.watch ? { watch } : {}),
    });
    const { user, system } = process.cpuUsage(cpu);
    reports[name] = { ...report, perCpuSecond: report.schedules / ((user + system) / 1e6) };
    if (!values.json) console.log(lineOf(name, reports[name]));
  }
  if (values.json) console.log(JSON.stringify(reports));
}

function lineOf(name, { schedules, steps, seconds, perSecond, perCpuSecond, outcomes, struck, diverged }) {
  const sum = (counts) => Object.values(counts).reduce((all, n) => all + n, 0);
  const speed = `${Math.round(perSecond)} per second, ${Math.round(perCpuSecond)} per second of CPU`;
  const ends = Object.entries(outcomes)
    .filter(([, n]) => n > 0)
    .map(([kind, n]) => `${n} ${kind}`);
  const left = diverged === undefined ? '' : `\n  the run left the tape: ${diverged}`;
  return `${name}: ${schedules} schedules in ${seconds.toFixed(1)} s (${speed}), ${steps} steps, ${sum(struck)} faults\n  ${ends.join(', ')}${left}`;
}

main().catch((error) => {
  console.error(error.code === 'SIMULATION_FAILED' || String(error.code).startsWith('TAPE_') ? error.message : error);
  process.exit(String(error.code).startsWith('TAPE_') ? 2 : 1);
});
