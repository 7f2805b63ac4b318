// node test/formats/write.cjs <name of a new folder in fixtures>, after a build: each story writes its file with the packages as they
// are built. A folder that is there is never written again: what makes its files worth keeping is the build that wrote them.
const { existsSync, mkdirSync, mkdtempSync, readFileSync, copyFileSync, rmSync, writeFileSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { join } = require('node:path');
const Database = require('better-sqlite3');
require('../simulation/load.cjs');
const { version } = require('../../packages/waybill/package.json');
const { sqlite } = require('@waybill/sqlite');
const { Pen } = require('./story.ts');
const { Time } = require('./time.ts');
const { Run } = require('./kit.ts');
const { copyOf, echo, look } = require('./look.ts');

/** Personal data comes last: once such messages are declared, they are for all that follows. */
const STORIES = ['orders', 'alarms', 'killed', 'trips', 'views', 'people'];
const BEGIN = 1_700_000_000_000;
const OPTIONS = { durability: 'relaxed', thread: 'main' };

// Rows of parked messages hold stacks, which would name folders of one machine.
Error.stackTraceLimit = 0;

async function write(name, folder) {
  const { [name]: story } = require(`./stories/${name}.ts`);
  const file = join(folder, `${name}.db`);
  await sqlite(file, OPTIONS).close();
  change(file, `UPDATE log SET value = 'log-of-${name}' WHERE name = 'id'`);
  const store = sqlite(file, OPTIONS);
  const time = new Time(BEGIN, name);
  const pen = new Pen(story, store, time);
  await story.write(pen);
  await store.close();
  const checkpoints = change(file, 'PRAGMA wal_checkpoint(TRUNCATE); VACUUM');
  const now = time.now();
  const writtenBy = { waybill: version, fileFormat: readFileSync(file).readInt32BE(60) };
  const seen = await onCopy(file, (copy) => look(story, copy, new Time(now, 'seen'), pen.sent));
  const [copies, contradictions] = [await echoed(story, file, now, copyOf), await echoed(story, file, now, story.contradiction)];
  const expectation = { writtenBy, now, checkpoints, ...seen, copies, contradictions };
  writeFileSync(join(folder, `${name}.json`), `${JSON.stringify(expectation, null, 2)}\n`);
}

function echoed(story, file, now, change) {
  if (!story.contradiction) return [];
  return onCopy(file, async (copy) => {
    const run = await Run.start(copy, new Time(now, 'echo'), story.use, story.options);
    const ends = await echo(run, story, change);
    await run.stop();
    return ends;
  });
}

/** Answers the checkpoints. */
function change(file, sql) {
  const db = new Database(file);
  try {
    db.exec(sql);
    return Object.fromEntries(db.prepare('SELECT consumer, position FROM checkpoints ORDER BY consumer').raw().all());
  } finally {
    db.close();
  }
}

async function onCopy(file, body) {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-formats-'));
  try {
    copyFileSync(file, join(folder, 'copy.db'));
    const store = sqlite(join(folder, 'copy.db'), OPTIONS);
    const answer = await body(store);
    await store.close();
    return answer;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function main() {
  const [name] = process.argv.slice(2);
  const target = join(__dirname, 'fixtures', name ?? '.');
  if (name === undefined || existsSync(target)) throw new Error('WRITE_USAGE: name a folder in fixtures that is not there yet');
  const folder = mkdtempSync(join(tmpdir(), 'waybill-formats-'));
  for (const story of STORIES) await write(story, folder);
  mkdirSync(target);
  for (const story of STORIES)
    for (const end of ['db', 'json']) copyFileSync(join(folder, `${story}.${end}`), join(target, `${story}.${end}`));
  rmSync(folder, { recursive: true });
}

// Processes that were killed in a story are still there, and wait for ever.
main().then(
  () => process.exit(0),
  (error) => {
    console.error(error);
    process.exit(1);
  },
);
