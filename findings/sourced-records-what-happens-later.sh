#!/usr/bin/env bash
# An event that sourced has recorded goes on changing with the state, so a change is counted again when the events are replayed.
#
# Version: sourced 4.0.7.
# Behaviour: `digest(method, data)` keeps `data` itself until the events are saved. Snapshots are deep copies, and so is what is
#   merged from them; events are not. The example in the README puts the same object into the state and into the event, and
#   then each later method that changes it also rewrites the event of the first one.
# Why it matters here: what is saved is one event with the outcome of both and one with the change, and a replay adds them up: the
#   entity that was just right in memory is wrong when it is loaded again. Give `digest` a copy.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
echo '{ "private": true }' >package.json
npm install --silent --no-audit --no-fund --ignore-scripts sourced@4.0.7 || exit 2

cat >run.mjs <<'JS'
import { Entity } from 'sourced';

class Cart extends Entity {
  items = [];
  add(item) {
    this.items.push(item);
    this.digest('add', this.recorded(item));
  }
  more(change) {
    this.items.find(({ name }) => name === change.name).count += change.count;
    this.digest('more', this.recorded(change));
  }
  recorded = (data) => data;
}
class CopyingCart extends Cart {
  recorded = (data) => ({ ...data });
}

for (const Kind of [Cart, CopyingCart]) {
  const cart = new Kind();
  cart.add({ name: 'tea', count: 1 });
  cart.more({ name: 'tea', count: 2 });
  const saved = JSON.parse(JSON.stringify(cart.newEvents));
  const loaded = new Kind();
  console.log(`${Kind.name}: in memory ${cart.items[0].count}`);
  console.log(`${Kind.name}: saved ${saved.map(({ method, data }) => `${method} ${data.count}`).join(', ')}`);
  loaded.rehydrate(undefined, saved);
  console.log(`${Kind.name}: loaded ${loaded.items[0].count}`);
}
JS

node run.mjs >seen 2>&1 || { cat seen; exit 2; }
diff - seen <<'SEEN'
Cart: in memory 3
Cart: saved add 3, more 2
Cart: loaded 5
CopyingCart: in memory 3
CopyingCart: saved add 1, more 2
CopyingCart: loaded 3
SEEN
