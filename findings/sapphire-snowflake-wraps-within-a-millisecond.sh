#!/usr/bin/env bash
# Two ids that @sapphire/snowflake makes in one millisecond may sort in the wrong order, even if no third one is made in it.
#
# Version: @sapphire/snowflake 3.5.5.
# Behaviour: the low 12 bits count up over the whole life of the generator and are not set back when the millisecond changes. So
#   each 4,096th id wraps to 0, and where it falls into the same millisecond as the one before it, the later id is the smaller
#   one. Other generators of this kind start at 0 in each millisecond and wait when the count runs out.
# Why it matters here: a snowflake is taken as event id or cursor because it sorts by time. A reader that goes on from the greatest
#   id that it has seen may pass over the event with the smaller one for good, rarely enough that no test shows it.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
echo '{ "private": true }' >package.json
npm install --silent --no-audit --no-fund --ignore-scripts @sapphire/snowflake@3.5.5 flake-idgen@1.4.0 || exit 2

cat >run.cjs <<'JS'
const { Snowflake } = require('@sapphire/snowflake');
const FlakeId = require('flake-idgen');

// A clock of our own: two ids in each millisecond, from an odd start on.
const start = Date.UTC(2026, 0, 1);
let calls = 1;
Date.now = () => start + Math.floor(calls++ / 2);

const snowflake = new Snowflake(0n);
const flake = new FlakeId();
const generators = {
  '@sapphire/snowflake': () => snowflake.generate(),
  'flake-idgen': () => flake.next().readBigUInt64BE(),
};
for (const [name, next] of Object.entries(generators)) {
  const ids = Array.from({ length: 10000 }, next);
  const late = ids.filter((id, i) => i > 0 && id < ids[i - 1]);
  console.log(`${name}: ids ${ids.length}, different ${new Set(ids).size}, smaller than the one before ${late.length}`);
}
JS

node run.cjs >seen 2>&1 || { cat seen; exit 2; }
diff - seen <<'SEEN'
@sapphire/snowflake: ids 10000, different 10000, smaller than the one before 2
flake-idgen: ids 10000, different 10000, smaller than the one before 0
SEEN
