#!/usr/bin/env bash
# A schema with a transformation, used as a serde of the Restate SDK, changes the stored value each time that it is read.
#
# Versions: @restatedev/restate-sdk 1.17.2 with valibot 1.5.0; any Standard Schema library does the same.
# Behaviour: `restate.serde.schema(schema)` is typed as a serde of the schema's output. Its `serialize` writes that output as it is,
#   and its `deserialize` runs the schema again over it, as if it were input. So what comes back is transformed once more; where
#   the schema does not take its own output, it does not come back at all.
# Why it matters here: state and journal go through the serde. A counter in cents that is read, raised and written grows a
#   hundredfold each time, and what the schema refuses stays unreadable however often one tries. Parse at the edge, and give the
#   serde a schema of the output alone.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
echo '{ "private": true }' >package.json
npm install --silent --no-audit --no-fund --ignore-scripts @restatedev/restate-sdk@1.17.2 valibot@1.5.0 || exit 2

cat >run.mjs <<'JS'
import { serde } from '@restatedev/restate-sdk';
import * as v from 'valibot';

const cents = v.pipe(v.number(), v.transform((euros) => euros * 100));
const time = v.pipe(v.string(), v.transform((text) => Date.parse(text)));
const plain = v.number();
for (const [name, schema, input] of [
  ['no transformation', plain, 5],
  ['euros to cents', cents, 5],
  ['text to milliseconds', time, '2026-01-01T00:00:00Z'],
]) {
  const value = v.parse(schema, input);
  const stored = serde.schema(schema);
  const read = () => {
    try {
      return stored.deserialize(stored.serialize(value));
    } catch (error) {
      return error.message.replace(/\s+/g, ' ');
    }
  };
  console.log(`${name}: stored ${value}, read ${read()}`);
}
JS

node run.mjs >seen 2>&1 || { cat seen; exit 2; }
diff - seen <<'SEEN'
no transformation: stored 5, read 5
euros to cents: stored 500, read 50000
text to milliseconds: stored 1767225600000, read Standard schema validation failed: * Invalid type: Expected string but received 1767225600000
SEEN
