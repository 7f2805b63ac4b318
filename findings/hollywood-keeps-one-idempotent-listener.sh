#!/usr/bin/env bash
# Of all listeners that are wrapped with `makeIdempotent` of hollywood-js, an event bus keeps the first and drops the others.
#
# Version: hollywood-js 6.0.1.
# Behaviour: `addListener` registers a listener under the name of its class, and leaves out one whose name is there already.
#   `makeIdempotent` returns a wrapper, so all wrapped listeners have the same class. Without the wrapper both are called.
# Why it matters here: this is the wrapper against duplicates, used as its own example shows. When a second listener gets it, that
#   listener no longer hears of anything, without an error or a warning. Extend `IdempotentHandler` by a class for each instead.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
echo '{ "private": true }' >package.json
npm install --silent --no-audit --no-fund --ignore-scripts hollywood-js@6.0.1 || exit 2

cat >run.cjs <<'JS'
const { Domain, EventSourcing } = require('hollywood-js');
const { EventBus, EventListener, InMemoryIdempotencyStore, makeIdempotent } = EventSourcing;

class OrderPaid {
  aggregateId = 'order-1';
  occurredAt = new Date(0);
}
const heard = [];
class Mail extends EventListener {
  on() {
    heard.push('mail');
  }
}
class Ledger extends EventListener {
  on() {
    heard.push('ledger');
  }
}

async function main() {
  const wrapped = (listener) => makeIdempotent(listener, new InMemoryIdempotencyStore());
  const plain = (listener) => listener;
  for (const added of [plain, wrapped]) {
    heard.length = 0;
    const bus = new EventBus();
    bus.addListener(added(new Mail()));
    bus.addListener(added(new Ledger()));
    await bus.publish(Domain.DomainMessage.create('order-1', 0, new OrderPaid()));
    console.log(`${added.name}: heard by ${heard.join(', ')}`);
  }
}
main();
JS

node run.cjs >seen 2>&1 || { cat seen; exit 2; }
diff - seen <<'SEEN'
plain: heard by mail, ledger
wrapped: heard by mail
SEEN
