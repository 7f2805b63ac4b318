// Plants each bug in turn in a fresh copy of core, and says which schedule finds it.
const { plant, forget } = require('./load.cjs');

/** Schedules of each workload within which a planted bug must be found; fewer show that an equivalent one is none. */
const SEEDS = 3_000;
const EQUIVALENT_SEEDS = 300;
/** One process may load core again and again only if each copy takes itself for the first. */
const ALONE = ['one-copy', 'claim(globalThis,', 'claim({},'];

async function hunt(mutant, seeds) {
  forget();
  const undo = plant([ALONE, ...mutant.changes]);
  try {
    const { simulate } = require('@waybill/testing');
    const { workloads } = require('./workloads.ts');
    let run = 0;
    for (const name of mutant.workloads) {
      try {
        run += (await simulate({ ...workloads[name], seeds, shrink: false })).schedules;
      } catch (error) {
        if (error.code !== 'SIMULATION_FAILED') throw error;
        return { rule: error.rule, workload: name, schedules: run + error.seed, what: error.violation };
      }
    }
    return { workload: mutant.workloads.join(', '), schedules: run };
  } finally {
    undo();
  }
}

function endOf({ rule, workload, schedules, what, equivalent }) {
  if (rule !== undefined) return `${rule.padEnd(12)} ${workload.padEnd(10)} ${String(schedules).padStart(5)}  ${what}`;
  if (equivalent !== undefined) return `equivalent   ${workload.padEnd(10)} ${String(schedules).padStart(5)}  ${equivalent}`;
  return `SURVIVED     ${workload.padEnd(10)} ${String(schedules).padStart(5)}`;
}

/** A row per bug: the rule that caught it, where, and after how many schedules. */
async function scorecard(parts, json) {
  const undo = plant([ALONE]);
  const { mutants } = require('./mutants.ts');
  undo();
  const rows = [];
  if (!json) console.log(`${'planted bug'.padEnd(76)} ${'rule'.padEnd(12)} ${'workload'.padEnd(10)} after  what was seen`);
  for (const mutant of mutants.filter(({ name }) => parts.length === 0 || parts.some((part) => name.includes(part)))) {
    const { name, equivalent } = mutant;
    const row = { name, equivalent, ...(await hunt(mutant, equivalent === undefined ? SEEDS : EQUIVALENT_SEEDS)) };
    rows.push(row);
    if (!json) console.log(`${name.padEnd(76)} ${endOf(row)}`);
  }
  if (json) console.log(JSON.stringify(rows));
  const caught = rows.filter(({ rule }) => rule !== undefined).length;
  const equivalents = rows.filter(({ rule, equivalent }) => rule === undefined && equivalent !== undefined).length;
  if (!json) console.log(`${caught} caught, ${equivalents} equivalent, ${rows.length - caught - equivalents} survived`);
  process.exitCode = rows.every(({ rule, equivalent }) => (rule === undefined) === (equivalent !== undefined)) ? 0 : 1;
}

module.exports = { scorecard };
