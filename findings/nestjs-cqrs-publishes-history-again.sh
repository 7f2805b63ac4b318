#!/usr/bin/env bash
# With `autoCommit` on, an aggregate of @nestjs/cqrs publishes its whole history again each time that it is loaded.
#
# Version: @nestjs/cqrs 12.0.0.
# Behaviour: `loadFromHistory` applies each event with the mark that it comes from the history, and the mark does keep it out of the
#   uncommitted events. But `autoCommit` publishes what is applied without a look at that mark.
# Why it matters here: the switch is there to save the call of `commit()`, and the usual place to set it is the aggregate's
#   constructor, before anything is loaded. Then each command sends every earlier event of the aggregate to all handlers and
#   sagas once more: mails, payments and projections of long ago, and no error.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
echo '{ "private": true }' >package.json
npm install --silent --no-audit --no-fund --ignore-scripts \
  @nestjs/cqrs@12.0.0 @nestjs/common@12.5.1 @nestjs/core@12.5.1 reflect-metadata@0.2.2 rxjs@7.8.2 || exit 2

cat >run.mjs <<'JS'
import 'reflect-metadata';
import { AggregateRoot, EventBus, EventPublisher } from '@nestjs/cqrs';

class Paid {
  constructor(amount) {
    this.amount = amount;
  }
}
class Account extends AggregateRoot {
  paid = 0;
  constructor(autoCommit) {
    super();
    this.autoCommit = autoCommit;
  }
  onPaid({ amount }) {
    this.paid += amount;
  }
}

for (const autoCommit of [false, true]) {
  const published = [];
  const eventPublisher = { publish: (event) => published.push(event.amount) };
  const publisher = new EventPublisher(new EventBus(undefined, undefined, undefined, { eventPublisher }));
  const account = publisher.mergeObjectContext(new Account(autoCommit));
  account.loadFromHistory([new Paid(1), new Paid(2)]);
  account.apply(new Paid(3));
  account.commit();
  console.log(`autoCommit ${autoCommit}: paid ${account.paid}, history 1,2, new 3, published ${published}`);
}
JS

node run.mjs >seen 2>&1 || { cat seen; exit 2; }
diff - seen <<'SEEN'
autoCommit false: paid 6, history 1,2, new 3, published 3
autoCommit true: paid 6, history 1,2, new 3, published 1,2,3
SEEN
