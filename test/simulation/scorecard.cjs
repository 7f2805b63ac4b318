// Plants each bug in turn in a fresh copy of core, and says which schedule finds it.
const { plant, forget } = require('./load.cjs');

/** Schedules of each workload within which a planted bug must be found; fewer show that an equivalent one is none. */
const SEEDS = 4_000;
const EQUIVALENT_SEEDS = { whole: 300, hinted: 60 };
/** One process may load core again and again only if each copy takes itself for the first. */
const ALONE = ['base/single-copy', 'claim(globalThis,', 'claim({},'];

/** The workloads in turn, each from its first seed on. Hinted, a seed that has found it before goes first, and equivalence is asked less long. */
function searches({ workloads, seen, equivalent }, hinted) {
  const all = workloads.map((workload) => [
    workload,
    [1, equivalent === undefined ? SEEDS : EQUIVALENT_SEEDS[hinted ? 'hinted' : 'whole']],
  ]);
  return hinted && seen !== undefined ? [[workloads[0], [seen, seen]], ...all] : all;
}

async function hunt(mutant, hinted) {
  forget();
  const undo = plant([ALONE, ...mutant.changes]);
  try {
    const { simulate } = require('@waybill/testing');
    const { workloads } = require('./workloads.ts');
    let run = 0;
    for (const [workload, [first, last]] of searches(mutant, hinted)) {
      try {
        run += (await simulate({ ...workloads[workload], seeds: [first, last], shrink: false })).schedules;
      } catch (error) {
        if (error.code !== 'SIMULATION_FAILED') throw error;
        return { by: error.rule, workload, schedules: run + error.seed - first + 1, what: error.violation };
      }
    }
    return { workload: mutant.workloads.join(', '), schedules: run };
  } finally {
    undo();
  }
}

const HEAD = ['planted bug', 'the rule that it takes out', 'schedule', 'caught by', 'workload', 'after', 'what was seen'];
const WIDTHS = [74, 62, 24, 11, 11, 5, 0];

function line(cells) {
  return `| ${cells.map((cell, i) => String(cell).replaceAll('|', '\\|').padEnd(WIDTHS[i])).join(' | ')} |`;
}

function cellsOf({ name, rule, schedules = [], found: { by, workload, schedules: after, what }, equivalent }) {
  const end = by === undefined ? (equivalent === undefined ? ['SURVIVED', ''] : ['equivalent', equivalent]) : [by, what];
  return [name, rule, schedules.join(', '), end[0], workload, after, end[1]];
}

const isGood = ({ found, equivalent }) => (found.by === undefined) === (equivalent !== undefined);

/** A row per bug: what caught it, where, and after how many schedules. */
async function scorecard(parts, { json, hinted }) {
  const undo = plant([ALONE]);
  const { mutants } = require('./mutants.ts');
  undo();
  const rows = [];
  if (!json) console.log(`${line(HEAD)}\n${line(WIDTHS.map((width) => '-'.repeat(Math.max(3, width))))}`);
  for (const mutant of mutants.filter(({ name }) => parts.length === 0 || parts.some((part) => name.includes(part)))) {
    const row = { ...mutant, found: await hunt(mutant, hinted) };
    rows.push(row);
    if (!json) console.log(line(cellsOf(row)));
  }
  if (json) console.log(JSON.stringify(rows.map(({ name, found, equivalent }) => ({ name, ...found, equivalent }))));
  const caught = rows.filter(({ found }) => found.by !== undefined).length;
  const equivalents = rows.filter((row) => row.found.by === undefined && isGood(row)).length;
  if (!json) console.log(`\n${caught} caught, ${equivalents} equivalent, ${rows.length - caught - equivalents} survived`);
  process.exitCode = rows.every(isGood) ? 0 : 1;
}

module.exports = { scorecard };
