#!/usr/bin/env bash
# Emmett's in-memory store takes the number of events that it folded for the version of the stream.
#
# Version: @event-driven-io/emmett 0.42.0.
# Behaviour: `aggregateStream` with `read: { from }`, which is how a fold goes on from a snapshot, returns as
#   `currentStreamVersion` the count of the events from there on. `readStream` with the same options returns the version of the
#   stream. So an append that expects the version that the fold reported is refused although nobody else has written.
# Why it matters here: load, decide, append at the version that was loaded is the whole protection of such a store. A test that
#   runs on the in-memory store sees conflicts that no other store has, or learns to append without an expected version.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
echo '{ "private": true }' >package.json
npm install --silent --no-audit --no-fund --ignore-scripts @event-driven-io/emmett@0.42.0 || exit 2

cat >run.cjs <<'JS'
const { getInMemoryEventStore } = require('@event-driven-io/emmett');
const counted = (n) => ({ type: 'Counted', data: { n } });

async function main() {
  const store = getInMemoryEventStore();
  await store.appendToStream('counter', [1, 2, 3, 4, 5].map(counted));
  const read = { from: 3n };
  const fold = { evolve: (sum, { data }) => sum + data.n, initialState: () => 6 };
  const listed = await store.readStream('counter', read);
  const folded = await store.aggregateStream('counter', { ...fold, read });
  console.log(`readStream: events ${listed.events.map(({ data }) => data.n)}, version ${listed.currentStreamVersion}`);
  console.log(`aggregateStream: state ${folded.state}, version ${folded.currentStreamVersion}`);
  const append = store.appendToStream('counter', [counted(6)], { expectedStreamVersion: folded.currentStreamVersion });
  console.log(`append at that version: ${await append.then(() => 'accepted', ({ message }) => message)}`);
}
main();
JS

node run.cjs >seen 2>&1 || { cat seen; exit 2; }
diff - seen <<'SEEN'
readStream: events 4,5, version 5
aggregateStream: state 15, version 2
append at that version: Expected version 2 does not match current 5
SEEN
