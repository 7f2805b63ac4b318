#!/usr/bin/env bash
# TypeBox's `Value.Hash` gives values of different structure the same hash: it does not take in where an array or an object ends.
#
# Versions: @sinclair/typebox 0.34.52 and typebox 1.4.3.
# Behaviour: the 64 bits are computed over a mark for each array and object and over what is in it, with nothing at its end. So
#   whether an element belongs to an inner array or to the one around it makes no difference, nor does it for a field. That is no
#   rare collision of a short hash: such pairs are read off the structure.
# Why it matters here: `Value.Hash` lies at hand for "have I seen this command?". Two orders that differ in what belongs to which
#   item are then one order, and the second is dropped as a duplicate.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
echo '{ "private": true }' >package.json
npm install --silent --no-audit --no-fund --ignore-scripts @sinclair/typebox@0.34.52 typebox@1.4.3 || exit 2

cat >run.mjs <<'JS'
import { Value } from '@sinclair/typebox/value';
import { Hash } from 'typebox/value';

const pairs = [
  [[['a'], 'b'], [['a', 'b']]],
  [{ item: { id: 7 }, sum: 5 }, { item: { id: 7, sum: 5 } }],
  [[{ item: 7, notes: [] }, 'urgent'], [{ item: 7, notes: ['urgent'] }]],
  [['a', 'b'], ['a', 'c']],
];
for (const [name, hash] of [['@sinclair/typebox', Value.Hash], ['typebox', Hash]])
  for (const [one, other] of pairs)
    console.log(`${name}: ${JSON.stringify(one)} ${JSON.stringify(other)} ${hash(one) === hash(other) ? 'same' : 'different'}`);
JS

node run.mjs >seen 2>&1 || { cat seen; exit 2; }
diff - seen <<'SEEN'
@sinclair/typebox: [["a"],"b"] [["a","b"]] same
@sinclair/typebox: {"item":{"id":7},"sum":5} {"item":{"id":7,"sum":5}} same
@sinclair/typebox: [{"item":7,"notes":[]},"urgent"] [{"item":7,"notes":["urgent"]}] same
@sinclair/typebox: ["a","b"] ["a","c"] different
typebox: [["a"],"b"] [["a","b"]] same
typebox: {"item":{"id":7},"sum":5} {"item":{"id":7,"sum":5}} same
typebox: [{"item":7,"notes":[]},"urgent"] [{"item":7,"notes":["urgent"]}] same
typebox: ["a","b"] ["a","c"] different
SEEN
