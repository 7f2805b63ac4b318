// The sweeps by SIGKILL: every point in turn, pairs of points, every point of a recovery.
const { each, killed } = require('./sweep.cjs');

function seeded(seed) {
  let state = seed >>> 0;
  return () => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 32;
}

const report = (kind, points) => ({ kind, points, runs: 0, kills: 0, ok: 0, failures: [] });

function enter(into, { kills, died, wrong }) {
  into.runs++;
  into.kills += died.length;
  if (wrong.length === 0) into.ok++;
  else into.failures.push({ kills, died, wrong });
}

/** Every `every`-th point of a run, from the `first`. With commits in this thread the points are the same in each run; in the worker nearly. */
async function points(bench, { thread = 'main', every = 1, first = 1 } = {}) {
  const { labels, story } = await bench.truth(thread);
  const all = report(`every point, commits in the ${thread} thread`, labels.length);
  const names = thread === 'main' ? labels : undefined;
  const turns = Array.from({ length: labels.length }, (_, i) => i + 1).filter((n) => n >= first && (n - first) % every === 0);
  await each(turns, async (n) => enter(all, await killed(bench, [n], { story, thread, names })));
  return [all];
}

/** A kill, another one in the recovery, then rest; drawn from `seed`. */
async function pairs(bench, { count = 500, seed = 1, thread = 'main' } = {}) {
  const { labels, story } = await bench.truth(thread);
  const all = report(`pairs of points, seed ${seed}, commits in the ${thread} thread`, labels.length ** 2);
  const random = seeded(seed);
  const draw = () => 1 + Math.floor(random() * labels.length);
  const turns = Array.from({ length: count }, () => [draw(), draw()]);
  await each(turns, async (kills) => enter(all, await killed(bench, kills, { story, thread })));
  return [all];
}

/** After kills at some points: every `every`-th point of what the next process does. */
async function recoveries(bench, { after = [0.2, 0.4, 0.6, 0.8], every = 1 } = {}) {
  const { labels, story } = await bench.truth('main');
  const all = report('every point of recoveries', 0);
  for (const part of after) {
    const n = Math.ceil(part * labels.length);
    const file = bench.newFile();
    await bench.child(file, n);
    const { points } = await bench.recover(file, story);
    bench.drop(file);
    all.points += points.passed;
    const turns = Array.from({ length: Math.floor(points.passed / every) }, (_, i) => [n, (i + 1) * every]);
    await each(turns, async (kills) => enter(all, await killed(bench, kills, { story })));
  }
  return [all];
}

module.exports = { points, pairs, recoveries };
