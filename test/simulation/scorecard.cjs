// Plants each bug in turn in a fresh copy of core, and says which schedule finds it. `--json` prints the rows as JSON.
const { plant, forget } = require('./load.cjs');

const SEEDS = 3_000;
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
        return { caught: error.rule, by: name, seed: run + error.seed, what: error.violation, tape: error.tape };
      }
    }
    return { caught: undefined, by: mutant.workloads.join(', '), seed: run };
  } finally {
    undo();
  }
}

async function main() {
  const json = process.argv.includes('--json');
  const only = process.argv.slice(2).filter((arg) => !arg.startsWith('--'));
  const undo = plant([ALONE]);
  const { mutants } = require('./mutants.ts');
  undo();
  const rows = [];
  for (const mutant of mutants.filter(({ name }) => only.length === 0 || only.some((part) => name.includes(part)))) {
    const begun = Date.now();
    const found = await hunt(mutant, mutant.equivalent ? SEEDS / 10 : SEEDS).catch((error) => ({
      caught: undefined,
      by: '',
      seed: 0,
      what: String(error),
    }));
    const row = { name: mutant.name, equivalent: mutant.equivalent, ...found, seconds: (Date.now() - begun) / 1_000 };
    rows.push(row);
    const end = row.caught
      ? `caught by ${row.caught} in ${row.by}, schedule ${row.seed}${process.argv.includes('--why') ? `: ${row.what}` : ''}`
      : row.equivalent
        ? `equivalent: ${row.equivalent}`
        : `SURVIVED ${row.seed} schedules ${row.what ?? ''}`;
    if (!json) console.log(`${mutant.name.padEnd(80)} ${end} (${row.seconds.toFixed(1)} s)`);
  }
  if (json) console.log(JSON.stringify(rows));
  process.exitCode = rows.every(({ caught, equivalent }) => (caught === undefined) === (equivalent !== undefined)) ? 0 : 1;
}

void main();
