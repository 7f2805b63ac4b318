#!/usr/bin/env bash
# json-canonicalize does not sort the keys of what `toJSON` returns, so equal values get different canonical texts.
#
# Version: json-canonicalize 3.0.1; compared with canonicalize 4.0.0.
# Behaviour: RFC 8785 sorts the keys of every object. This package sorts those of plain objects, and copies an object that `toJSON`
#   returned in the order in which its keys were written. canonicalize sorts both.
# Why it matters here: who finds duplicates by a digest of the canonical text takes a message for another one when a class
#   writes the fields of its `toJSON` in another order, as after a refactoring; so do two services that use one package each.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
echo '{ "private": true }' >package.json
npm install --silent --no-audit --no-fund --ignore-scripts json-canonicalize@3.0.1 canonicalize@4.0.0 || exit 2

cat >run.mjs <<'JS'
import first from 'canonicalize';
import { canonicalize as second } from 'json-canonicalize';

const asWritten = { price: { toJSON: () => ({ currency: 'EUR', amount: 5 }) } };
const rewritten = { price: { toJSON: () => ({ amount: 5, currency: 'EUR' }) } };
const plain = { price: { currency: 'EUR', amount: 5 } };
for (const [name, canonical] of [['canonicalize', first], ['json-canonicalize', second]])
  for (const value of [plain, asWritten, rewritten]) console.log(`${name}: ${canonical(value)}`);
JS

node run.mjs >seen 2>&1 || { cat seen; exit 2; }
diff - seen <<'SEEN'
canonicalize: {"price":{"amount":5,"currency":"EUR"}}
canonicalize: {"price":{"amount":5,"currency":"EUR"}}
canonicalize: {"price":{"amount":5,"currency":"EUR"}}
json-canonicalize: {"price":{"amount":5,"currency":"EUR"}}
json-canonicalize: {"price":{"currency":"EUR","amount":5}}
json-canonicalize: {"price":{"amount":5,"currency":"EUR"}}
SEEN
