#!/usr/bin/env bash
# libsql makes one key of two different numbers of 16 digits when the column is TEXT.
#
# Version: libsql 0.5.29, which @libsql/client uses for local files.
# Behaviour: each JavaScript number is bound as a REAL, whole ones too, and the column turns it into text with 15 digits. So whole
#   numbers above 10^15 that JavaScript holds exactly lose their last digit, without an error, and no longer differ.
# Why it matters here: the keys of messages are kept in TEXT columns, as most of them are texts, and some senders number theirs:
#   microseconds since 1970 have 16 digits. `insert or ignore` then takes a new message for one that it has seen. Bind
#   `String(id)`; a BigInt is right as well.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
echo '{ "private": true }' >package.json
npm install --silent --no-audit --no-fund --ignore-scripts libsql@0.5.29 || exit 2
node -e 'new (require("libsql"))(":memory:")' || exit 2

cat >run.cjs <<'JS'
const Database = require('libsql');

const ids = [1764547200000001, 1764547200000002, 1764547200000003];
for (const bound of [Number, String, BigInt]) {
  const db = new Database(':memory:');
  db.exec('create table seen (id text primary key)');
  const insert = db.prepare('insert or ignore into seen values (?)');
  const taken = ids.filter((id) => insert.run(bound(id)).changes === 1);
  const kept = db.prepare('select id from seen').all().map(({ id }) => id);
  console.log(`${bound.name}: ${ids.length} sent, ${taken.length} taken, kept ${kept.join(', ')}`);
}
JS

node run.cjs >seen 2>&1 || { cat seen; exit 2; }
diff - seen <<'SEEN'
Number: 3 sent, 1 taken, kept 1.7645472e+15
String: 3 sent, 3 taken, kept 1764547200000001, 1764547200000002, 1764547200000003
BigInt: 3 sent, 3 taken, kept 1764547200000001, 1764547200000002, 1764547200000003
SEEN
