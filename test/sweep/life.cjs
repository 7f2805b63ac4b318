// One process on a file: from its start, or from where the last one was cut off, to rest.
const { appendFileSync, existsSync, readFileSync, renameSync, writeFileSync } = require('node:fs');
const { App } = require('waybill');
const { sqlite } = require('@waybill/sqlite');
const { Points, VirtualRuntime, watched } = require('./points.cjs');
const { containerOf, Jobs, STAGES, START, use } = require('./workload.cjs');

/** Milliseconds by which a stage may move the clock on: all retries and saves of checkpoints, no deadline. */
const SPAN = 40_000;

/**
 * Comes to rest, or throws what made the app stop. `side`: where stands what outlives the process and is not the store's.
 * @returns the points that it passed
 */
async function live(file, { points = new Points(), thread = 'main', side = file } = {}) {
  const from = stageOf(side);
  const runtime = new VirtualRuntime(points, START + STAGES[from].at);
  const answered = (id, told) => appendFileSync(`${side}.answers`, `${JSON.stringify([id, told])}\n`);
  const noted = ({ stream, events }, { version }) => appendFileSync(`${side}.acks`, acks(stream, version, events));
  let inner;
  let app;
  try {
    inner = sqlite(file, { thread });
    const store = watched(inner, points, runtime, noted);
    const time = runtime.run();
    Jobs.broken = STAGES[from].broken;
    runtime.limit = runtime.time + SPAN;
    app = await App.start({ store, use, runtime, container: containerOf(side) });
    for (let stage = from; stage < STAGES.length; stage++) {
      await through(STAGES[stage], { app, store, answered, runtime });
      if (stage + 1 < STAGES.length) reach(side, stage + 1);
    }
    await app.stop();
    runtime.stop();
    await time;
  } finally {
    runtime.stop();
    // After a failure the app has stopped by itself; what is left of it must not outlive this.
    await inner?.close();
  }
  return points;
}

async function through({ at, broken, run }, scene) {
  const { app, runtime } = scene;
  Jobs.broken = broken;
  runtime.time = Math.max(runtime.time, START + at);
  runtime.limit = START + at + SPAN;
  await run(scene);
  await app.settled();
}

const acks = (stream, version, events) =>
  events.map(({ id, type }, i) => `${JSON.stringify([stream, version - events.length + 1 + i, id, type])}\n`).join('');

function stageOf(side) {
  return existsSync(`${side}.stage`) ? Number(readFileSync(`${side}.stage`, 'utf8')) : 0;
}

function reach(side, stage) {
  writeFileSync(`${side}.stage.new`, String(stage));
  renameSync(`${side}.stage.new`, `${side}.stage`);
}

module.exports = { live };
