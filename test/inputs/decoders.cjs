// What reads texts of the log, of a feed or of a disk. Each answers, or throws an error with a code.
const { join } = require('node:path');
const fc = require('fast-check');
const core = { ...require('@waybill/core'), ...require('@waybill/core/internal') };
const { App, realRuntime } = require('waybill');
const { around, junk } = require('./junk.cjs');

const root = join(__dirname, '../..');
const inside = (file) => require(join(root, file));
const { rowStateOf, goodRow } = inside('packages/core/dist/projections/row.js');
const { metaOf, rowVersion } = core;
const { DueBuckets } = inside('packages/core/dist/deadlines/buckets.js');
const { parseRow } = inside('packages/waybill/dist/audit/parsed-row.js');
const { markOf } = inside('packages/waybill/dist/personal/row.js');
const { readMetadata, metadataOf } = inside('packages/eventstore-client/dist/format/rows.js');
const { readFeed } = inside('samples/orders-shipping/dist/demo/feed.js');
void App;

class Came extends core.Event('Came', { version: 2, upcast: { 1: (data) => ({ ...data, n: 0 }) }, aliases: ['Arrived'] }) {}
class Left extends core.Event('Left') {}
class Timed extends core.Event('Timed') {}
class Halls {
  initial() {
    return { status: 'new', seen: core.IndexSet.empty };
  }
  key(e) {
    return e.id;
  }
  came() {
    return [];
  }
  apply(_, state) {
    return state;
  }
}
const decorate = (decorator, method) => decorator(Halls.prototype, method, {});
decorate(core.Handles(Came, { once: 'n' }), 'came');
decorate(core.Handles(Timed, { deadline: true }), 'key');
decorate(core.Applies(Came), 'apply');
decorate(core.Applies(Left), 'apply');
core.Saga('halls', { snapshot: { every: 5, version: 1 } })(Halls);
const halls = core.define(Halls, new Halls());

const CAUSE = '"cause":{"id":"e-1","source":"log","position":7}';
const METAS = [
  `{${CAUSE},"v":2,"once":3}`,
  `{${CAUSE}}`,
  `{${CAUSE},"once":3,"of":1,"from":"halls:parked@2","by":"ada","why":"she said so"}`,
  `{${CAUSE},"v":2,"park":"failed","reason":"no such field","attempts":5,"at":1700000000000,"stack":"Error"}`,
  `{${CAUSE},"park":"due","key":"a","due":1700000000000}`,
  `{${CAUSE},"park":"cancelled","key":"a"}`,
  `{${CAUSE},"park":"skipped","of":0,"by":"ada","why":"no"}`,
  `{"t":1700000000000,${CAUSE}}`,
  '{}',
];
const SET = JSON.stringify({ park: 'due', key: 'a', due: 1_700_000_000_000 });
const DUE = JSON.stringify({
  cause: { id: 'e-1', source: 'log', position: 7 },
  armed: { type: 'Timed', meta: SET, stream: 'halls-a', version: 3 },
});
const DATA = [
  '{"id":"a","n":3}',
  '{"id":"a","n":3,"note":{"list":[1,2,{"deep":true}]}}',
  '{"marks":[{"source":"log","type":"Came","position":7}],"keys":[{"type":"Came","single":false,"indexes":[[0,4]],"others":["x"]}],"released":["log@7"]}',
];
const TYPES = [
  'took:Came',
  'took:Arrived',
  'took:Gone',
  'took:~closed',
  'took:__proto__',
  'took:',
  'parked:Came',
  'parked:Timed',
  'parked:',
  'Left',
  'Came',
  'constructor',
];
const rows = fc.record({
  type: fc.constantFrom(...TYPES),
  data: around(...DATA),
  meta: around(...METAS),
  version: fc.constantFrom(0, 0, 0, 1, -1, NaN),
});
const rowOf = ({ type, data, meta, version }) => ({ id: 'r', type, data, meta, version, time: 0, stream: 'halls-a', position: 9 });

const fold = core.emptyFold(halls, 'halls-a');
core.applyRow(halls, fold, rowOf({ type: 'took:Came', data: DATA[0], meta: METAS[0], version: 0 }), realRuntime);
const SNAPSHOT = core.snapshotOf(halls, fold, realRuntime);
const FEED = [
  '{"id":"m-1","type":"OrderSubmitted","data":{"orderId":"o-1","customerId":"c-1"}}',
  '{"id":"m-2","type":"ItemAdded","data":{"orderId":"o-1","index":0,"sku":"apple","quantity":1}}',
];

/** The error of a message that is parked, or of a line that is refused, has a code as well. */
function mustHaveCode(reason) {
  if (!/^[A-Z][A-Z_]+: .*\. Fix: /s.test(reason)) throw new Error(`a reason without a code: ${reason}`);
}

/** Named as findings are: [share of the inputs, what they are, what reads them]. */
const DECODERS = {
  'a row of the feed': [
    3,
    fc.tuple(around(...DATA), around('{}', '{"v":2}', '{"v":1,"other":true}')),
    ([data, meta]) => {
      const read = core.readMessage(Came, rowOf({ type: 'Came', data, meta, version: 0 }));
      if (read.message === undefined) mustHaveCode(read.invalid);
      else core.canonical(read.message);
    },
  ],
  'a row of an actor': [
    4,
    fc.array(rows, { minLength: 1, maxLength: 2 }),
    (events) => {
      const own = core.emptyFold(halls, 'halls-a');
      events.forEach((event, i) => core.applyRow(halls, own, rowOf({ ...event, version: event.version + i }), realRuntime));
    },
  ],
  'a parked row': [1, rows, (row) => void core.parkedMessage('halls', rowOf({ ...row, type: 'parked:Came' }))],
  'a snapshot': [
    1,
    around(SNAPSHOT),
    (data) => {
      const kept = core.foldOf(halls, 'halls-a', { version: 0, data }, realRuntime);
      if (kept && data !== SNAPSHOT) throw new Error('an altered snapshot was taken for good');
    },
  ],
  'a row of a view': [
    1,
    around('{"n":1}', ' {"~blocked":{"from":1,"last":2,"head":0,"version":1},"row":{"n":1}}'),
    (row) => {
      goodRow({ row });
      rowStateOf('a', { key: 'a', row, position: 1 });
    },
  ],
  'what holds a row of a view up': [
    1,
    around('{"from":1,"last":2,"head":0,"version":1}', '{"from":1,"last":2,"head":0,"version":3,"skipped":[1]}'),
    (blocked) => void rowStateOf('a', { key: 'a', row: '{"n":1}', blocked, position: 1 }),
  ],
  'the meta of a row': [
    1,
    around(...METAS),
    (meta) => {
      const row = rowOf({ type: 'Came', data: '{}', meta, version: 0 });
      metaOf(row);
      rowVersion(row);
    },
  ],
  'a row for the audit': [1, rows, (row) => void found(() => parseRow(rowOf(row)))],
  'a deadline in its bucket': [
    1,
    around(DUE),
    async (meta) => {
      let read = 0;
      const rows = [{ ...rowOf({ type: 'took:~due', data: DATA[0], meta, version: 0 }) }];
      await new DueBuckets('halls', { id: 'log', read: async () => (read++ === 0 ? rows : []) }, realRuntime).load(0);
    },
  ],
  'a mark of personal data': [
    1,
    around('{"~personal":{"subject":"p-1","fields":["name"]}}', `{${CAUSE},"~personal":{"subject":"p-1","fields":["name",""]}}`),
    (meta) => void markOf(meta),
  ],
  'metadata of a server': [
    1,
    around(...METAS),
    (text) => {
      const read = readMetadata(text);
      if (read && typeof read.meta !== 'string') throw new Error('no text');
      const back = readMetadata(metadataOf({ id: text, meta: '{"a":1}', time: 7 }));
      if (back?.meta !== '{"a":1}' || back.id !== text) throw new Error('it does not come back');
    },
  ],
  'a line of a feed': [
    3,
    around(...FEED),
    async (line) => {
      const bytes = Buffer.from(`${FEED[0]}\n${line.replaceAll('\n', ' ')}\n${FEED[1]}`);
      const lines = [];
      for await (const some of readFeed([bytes.subarray(0, bytes.length >> 1), bytes.subarray(bytes.length >> 1)])) lines.push(...some);
      const good = lines.filter((one) => one.event);
      if (good[0]?.number !== 1 || good.at(-1)?.number !== 3) throw new Error('a good line was lost');
      for (const { refused } of lines) if (refused !== undefined && !refused.startsWith('the line')) mustBeTold(refused);
    },
  ],
  content: [
    1,
    fc.oneof(
      fc.anything({
        withMap: true,
        withSet: true,
        withDate: true,
        withBigInt: true,
        withNullPrototype: true,
        withTypedArray: true,
        withSparseArray: true,
      }),
      junk,
    ),
    (one) => {
      const text = core.canonical(one);
      if (core.canonical(JSON.parse(text)) !== text) throw new Error('the canonical text of its own value is another');
    },
  ],
};

/** A schema may quote at length: then the end is cut. */
function mustBeTold(reason) {
  if (!/^[A-Z][A-Z_]+: /.test(reason)) throw new Error(`a reason without a code: ${reason}`);
}

/** The audit tells what it finds by an error of its own kind. */
function found(run) {
  try {
    return run();
  } catch (error) {
    if (error?.constructor?.name !== 'ViolationError') throw error;
    return undefined;
  }
}

module.exports = { DECODERS };
