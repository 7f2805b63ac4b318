// A bit flipped anywhere in the store's file or its -wal file: it opens with a code, or reads right, or what it reads is wrong in silence.
const { readFileSync, rmSync, writeFileSync } = require('node:fs');
const { sqlite } = require('@waybill/sqlite');

const PAGE = 4_096;
const FRAME = PAGE + 24;
const WAL_HEADER = 32;

/** A file of every kind of page, closed in good order; and its main and -wal file as a killed process leaves them. */
async function filled(file) {
  const store = sqlite(file, { thread: 'main' });
  const event = (id, type, data) => ({ id, type, data: JSON.stringify(data), meta: `{"of":"${id}"}`, time: 1_700_000_000_000 });
  const last = new Map();
  for (let i = 0; i < 60; i++) {
    const stream = `stream-${i % 12}`;
    const events = [event(`took-${i}`, 'took:Noted', { i }), event(`noted-${i}`, 'Noted', { i, text: 'some words '.repeat(6) })];
    const [{ version }] = await store.append([{ stream, expected: last.get(stream) ?? 'none', events }]);
    last.set(stream, version);
    if (i % 5 === 0) await store.snapshot(stream).save({ version, data: JSON.stringify({ stream, text: 'state '.repeat(16) }) });
  }
  await store.append([{ stream: 'long', expected: 'none', events: [event('long', 'Noted', 'y'.repeat(9_000))] }]);
  await store.truncate('stream-3', 6);
  await store.checkpoint('reader').save({ store: store.id, position: 50, epoch: 0 });
  await store.keys.keep('ada', 'c2VjcmV0');
  await store.views.write('orders', [{ key: 'k', row: '{"a":1}', position: 3, expected: 0 }]);
  const killed = { main: readFileSync(file), wal: readFileSync(`${file}-wal`) };
  await store.close();
  return { main: readFileSync(file), killed };
}

/** All that a store can be asked for. */
async function everything(file) {
  const store = sqlite(file, { thread: 'main' });
  try {
    const log = [];
    for await (const { events, caughtUp } of store.subscribe({ after: 0, everything: true }, new AbortController().signal)) {
      log.push(...events);
      if (caughtUp) break;
    }
    const names = [...Array.from({ length: 12 }, (_, i) => `stream-${i}`), 'long', 'none'];
    const streams = [];
    for (const name of names) streams.push([name, await store.read(name), await store.snapshot(name).load()]);
    return {
      log,
      streams,
      head: await store.head(),
      checkpoint: [store.id, await store.checkpoint('reader').load()],
      keys: [...(await store.keys.load(['ada']))],
      views: [await store.views.all('orders'), await store.views.load('orders', ['k'])],
    };
  } finally {
    await store.close();
  }
}

/** What a damaged copy comes to: 'right', 'refused with CODE', 'wrong: what', or what was thrown without a code. */
async function look(copy, files, truth, partsOf) {
  for (const suffix of ['', '-wal', '-shm']) rmSync(`${copy}${suffix}`, { force: true });
  for (const [suffix, bytes] of files) writeFileSync(`${copy}${suffix}`, bytes);
  try {
    return partsOf(await everything(copy), truth);
  } catch (error) {
    const coded = error.name === 'WaybillError' && /^(STORE|CHECKPOINT)_/.test(error.code);
    return coded ? `refused with ${error.code}` : `thrown without a code: ${error.code} ${error.message}`;
  }
}

/** Closed in good order, the file must say all. */
function whole(found, truth) {
  const wrong = Object.keys(truth).filter((part) => JSON.stringify(found[part]) !== JSON.stringify(truth[part]));
  return wrong.length === 0 ? 'right' : `wrong: ${wrong.join(', ')}`;
}

/** Of a -wal file SQLite takes what stands before the first damaged frame: the log then is a beginning of what was written. */
function beginning(found, truth) {
  const all = truth.log.map((row) => JSON.stringify(row));
  // Truncation takes rows away: held against those that are public.
  const rows = found.log.filter(({ type }) => type === 'Noted').map((row) => JSON.stringify(row));
  const told = all.filter((row) => row.includes('"type":"Noted"'));
  if (JSON.stringify(rows) !== JSON.stringify(told.slice(0, rows.length))) return 'wrong: log';
  return rows.length === told.length ? 'right' : 'a beginning of the log';
}

const flipped = (bytes, at, bit) => {
  const copy = Buffer.from(bytes);
  copy[at] ^= 1 << bit;
  return copy;
};

function enter(report, at, end) {
  report.runs++;
  const kind = end.replace(/^(thrown without a code):.*$/s, '$1');
  report.ends[kind] = (report.ends[kind] ?? 0) + 1;
  if (/^(right|refused|a beginning)/.test(end)) report.ok++;
  else report.failures.push({ ...at, end });
}

const report = (kind, points) => ({ kind, points, runs: 0, ok: 0, ends: {}, failures: [] });

/** One bit of every `every`-th byte, of the -wal file of every 16th of those; which bit goes round. */
async function flips(bench, { every = 1, first = 0 } = {}) {
  const [file, copy] = [bench.newFile(), bench.newFile()];
  const { main, killed } = await filled(file);
  const truth = await everything(file);
  const [closed, wal] = [report('a bit flipped in the file', main.length), report('a bit flipped in the -wal file', killed.wal.length)];
  for (let at = first, bit = 0; at < main.length; at += every, bit = (bit + 1) % 8)
    enter(
      closed,
      { page: 1 + Math.floor(at / PAGE), byte: at % PAGE, bit },
      await look(copy, [['', flipped(main, at, bit)]], truth, whole),
    );
  for (let at = first, bit = 0; at < killed.wal.length; at += every * 16, bit = (bit + 1) % 8) {
    const files = [
      ['', killed.main],
      ['-wal', flipped(killed.wal, at, bit)],
    ];
    enter(wal, { frame: Math.floor((at - WAL_HEADER) / FRAME), bit, at }, await look(copy, files, truth, beginning));
  }
  bench.drop(file);
  bench.drop(copy);
  return [closed, wal];
}

module.exports = { flips };
