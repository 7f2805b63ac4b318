#!/usr/bin/env bash
# With persisted aggregates, the memory provider of evtstore loads the one written last, whichever one is asked for.
#
# Version: evtstore 12.0.1.
# Behaviour: with `persistAggregate: true` a copy of the aggregate lies in each event, and loading reads it from the last event of
#   that aggregate. The memory provider compares the id, and then takes the last event of all anyway. So the command for a new
#   aggregate works on another one's state, and its event is appended to that other one; nothing is refused.
# Why it matters here: the memory provider is for tests and for trying out, where two accounts in one test are enough to see one's
#   money on the other. The databases ask for the id properly, so code that was fitted to such a test is wrong there.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
echo '{ "private": true }' >package.json
npm install --silent --no-audit --no-fund --ignore-scripts evtstore@12.0.1 || exit 2

cat >run.cjs <<'JS'
const { createAggregate, createCommands, createDomain } = require('evtstore');
const { createProvider } = require('evtstore/provider/memory');

async function main() {
  for (const persistAggregate of [false, true]) {
    const accounts = createAggregate({
      stream: 'accounts',
      version: '1',
      persistAggregate,
      create: () => ({ balance: 0 }),
      fold: ({ amount }, { balance }) => ({ balance: balance + amount }),
    });
    const provider = createProvider();
    const { domain } = createDomain({ provider }, { accounts });
    const { deposit } = createCommands(domain.accounts, {
      deposit: async ({ amount }) => ({ type: 'deposited', amount }),
    });
    await deposit('anna', { amount: 5 });
    await deposit('ben', { amount: 100 });
    const events = await provider.getEventsFrom('accounts', 0);
    const written = events.map(({ aggregateId, event }) => `${aggregateId} ${event.amount}`).join(', ');
    const { balance } = await domain.accounts.getAggregate('carl');
    console.log(`persistAggregate ${persistAggregate}: written ${written}; carl, who has no event: balance ${balance}`);
  }
}
main();
JS

node run.cjs >seen 2>&1 || { cat seen; exit 2; }
diff - seen <<'SEEN'
persistAggregate false: written anna 5, ben 100; carl, who has no event: balance 0
persistAggregate true: written anna 5, anna 100; carl, who has no event: balance 105
SEEN
