// What is right of a file at rest: the log holds every invariant, says what an undisturbed run says, and has lost nothing that was told.
const { existsSync, readFileSync } = require('node:fs');
const { audit, realRuntime } = require('waybill');
const { sqlite } = require('@waybill/sqlite');
const { verify } = require('@waybill/sample-orders-shipping/dist/demo/verify');
const { containerOf, START, use } = require('./workload.cjs');

const linesOf = (path) => (existsSync(path) ? readFileSync(path, 'utf8').split('\n').filter(Boolean) : []);

/** What the log, the read model and the mails say, without ids, times and places that differ from run to run. */
async function storyOf(store, side) {
  const streams = new Map();
  const shipped = [];
  for (const row of await rowsOf(store)) {
    // Buckets of deadlines may be told twice of one: the flow lets one pass.
    if (row.stream.includes(':due-')) continue;
    const kept = streams.get(row.stream) ?? streams.set(row.stream, []).get(row.stream);
    // What a closed actor lets go of is gone sooner or later.
    if (row.type === 'took:~closed') kept.splice(0, Infinity, ...kept.filter((line) => !/^(took|parked|timer):/.test(line)));
    kept.push(lineOf(row));
    if (row.type === 'ShipmentRequested') shipped.push(row.id);
  }
  const mails = new Set(linesOf(`${side}.mails`));
  const view = (await store.views.all('open-orders')).map(({ key, row }) => [key, row]);
  return {
    streams: [...streams].sort(([a], [b]) => (a < b ? -1 : 1)),
    view,
    answers: [...new Set(linesOf(`${side}.answers`))].sort(),
    mails: shipped.filter((id) => mails.has(id)).length,
    mailsOfNobody: [...mails].filter((id) => !shipped.includes(id)).length,
  };
}

function lineOf({ type, data, meta }) {
  const { park, reason, refused, discarded } = JSON.parse(meta);
  const told = type === 'took:~closed' ? JSON.stringify(JSON.parse(data).keys) : data;
  return [type, told, park, reason, refused, discarded].filter((one) => one !== undefined).join(' ');
}

async function rowsOf(store) {
  const rows = [];
  const stop = new AbortController();
  for await (const page of store.subscribe({ everything: true, after: 0, limit: 1_000 }, stop.signal)) {
    rows.push(...page.events);
    if (page.caughtUp) break;
  }
  stop.abort();
  return rows;
}

/** Rows whose append was acknowledged and that are not there. What a closed actor let go of is not missed. */
async function lost(store, side) {
  const there = new Map((await rowsOf(store)).map((row) => [row.id, row]));
  const missing = [];
  for (const line of linesOf(`${side}.acks`)) {
    const [stream, version, id, type] = JSON.parse(line);
    const row = there.get(id);
    if (row ? row.stream === stream && row.version === version : await letGo(store, stream, version, type)) continue;
    missing.push(`${type} at ${stream} ${version}`);
  }
  return missing;
}

async function letGo(store, stream, version, type) {
  if (!/^(took|parked|timer):/.test(type)) return false;
  const [first] = await store.read(stream, 0, 1);
  return first !== undefined && first.version > version;
}

/** @returns what is wrong; `truth` is the story of an undisturbed run */
async function judge(file, truth, side = file) {
  const store = sqlite(file, { thread: 'main' });
  try {
    // The time of the end: for the audit, what is due has had its turn.
    const runtime = { ...realRuntime, now: () => START + 3 * 60_000 };
    const wrong = [];
    for (const options of [{}, { use, container: containerOf(side), decisions: true }]) {
      const { violations } = await audit(store, { ...options, runtime });
      wrong.push(...violations.map((one) => `audit: ${JSON.stringify(one)}`));
    }
    wrong.push(...(await verify(store)).violations.map((one) => `verify: ${one}`));
    wrong.push(...(await lost(store, side)).map((one) => `lost: ${one}`));
    const story = JSON.stringify(await storyOf(store, side), undefined, 1);
    if (truth !== undefined && story !== truth) wrong.push(`another story: ${difference(truth, story)}`);
    return { wrong, story };
  } finally {
    await store.close();
  }
}

function difference(one, other) {
  const [all, mine] = [one.split('\n'), other.split('\n')];
  const at = all.findIndex((line, i) => line !== mine[i]);
  return `expected ${all[at]}, found ${mine[at]} (line ${at})`;
}

module.exports = { judge };
