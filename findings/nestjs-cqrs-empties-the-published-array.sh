#!/usr/bin/env bash
# The `commit()` of @nestjs/cqrs empties the array that it has just handed to the publisher: one that waits first sends nothing.
#
# Version: @nestjs/cqrs 12.0.0.
# Behaviour: `publishAll` of a custom event publisher gets the aggregate's own list of uncommitted events, not a copy, and
#   `commit()` sets its length to 0 as soon as the call returns. A publisher that awaits anything before it reads the list, be it a
#   connection, finds no event; one that sends one by one sends the first only. Its promise resolves and nothing is logged.
# Why it matters here: `publishAll` is the place where events leave for an event store or a broker. All of them are lost, and as
#   the aggregate no longer holds them either, no later commit brings them back. Copy the array first.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
echo '{ "private": true }' >package.json
npm install --silent --no-audit --no-fund --ignore-scripts \
  @nestjs/cqrs@12.0.0 @nestjs/common@12.5.1 @nestjs/core@12.5.1 reflect-metadata@0.2.2 rxjs@7.8.2 || exit 2

cat >run.mjs <<'JS'
import 'reflect-metadata';
import { setTimeout } from 'node:timers/promises';
import { AggregateRoot, EventBus, EventPublisher } from '@nestjs/cqrs';

class Paid {
  constructor(amount) {
    this.amount = amount;
  }
}
class Account extends AggregateRoot {}

const publishers = {
  'at once': (sent) => async (events) => {
    sent.push(...events);
  },
  'after a connection': (sent) => async (events) => {
    await setTimeout(10);
    sent.push(...events);
  },
  'one by one': (sent) => async (events) => {
    for (const event of events) {
      sent.push(event);
      await setTimeout(10);
    }
  },
  'after a connection, from a copy': (sent) => async (events) => {
    const copy = [...events];
    await setTimeout(10);
    sent.push(...copy);
  },
};
for (const [name, sending] of Object.entries(publishers)) {
  const sent = [];
  const eventPublisher = { publish: (event) => sent.push(event), publishAll: sending(sent) };
  const publisher = new EventPublisher(new EventBus(undefined, undefined, undefined, { eventPublisher }));
  const account = publisher.mergeObjectContext(new Account());
  for (const amount of [1, 2, 3]) account.apply(new Paid(amount));
  account.commit();
  await setTimeout(200);
  const amounts = sent.map(({ amount }) => amount);
  console.log(`${name}: sent ${amounts.join(', ') || 'none'}, uncommitted ${account.getUncommittedEvents().length}`);
}
JS

node run.mjs >seen 2>&1 || { cat seen; exit 2; }
diff - seen <<'SEEN'
at once: sent 1, 2, 3, uncommitted 0
after a connection: sent none, uncommitted 0
one by one: sent 1, uncommitted 0
after a connection, from a copy: sent 1, 2, 3, uncommitted 0
SEEN
