#!/usr/bin/env bash
# A decider specification of Emmett passes although the decision gives other events than the expected ones, or another order.
#
# Version: @event-driven-io/emmett 0.42.0.
# Behaviour: `then(expected)` compares the number of events, and looks for each expected event whether any event of the decision
#   has its fields. So the order does not count; one event can stand for two expected ones, and then nothing asks what the
#   other one is; and all dates are equal, as a date has no fields of its own.
# Why it matters here: the order and the number of events are what such a test is for. It stays green when a decision books a
#   fee before the payment, puts the wrong day on it, or gives something else in the place of the second of two like events.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
echo '{ "private": true }' >package.json
npm install --silent --no-audit --no-fund --ignore-scripts @event-driven-io/emmett@0.42.0 || exit 2

cat >run.cjs <<'JS'
const { DeciderSpecification } = require('@event-driven-io/emmett');

const decider = { decide: ({ data }) => data.events, evolve: (state) => state, initialState: () => ({}) };
const given = DeciderSpecification.for(decider);
const paid = (data) => ({ type: 'Paid', data });
const fee = { type: 'FeeTaken', data: {} };
const cases = {
  'the same': [[paid({ sum: 1 })], [paid({ sum: 1 })]],
  'another sum': [[paid({ sum: 2 })], [paid({ sum: 1 })]],
  'one more': [[paid({ sum: 1 }), fee], [paid({ sum: 1 })]],
  'another order': [[fee, paid({ sum: 1 })], [paid({ sum: 1 }), fee]],
  'another second event': [[paid({ sum: 1 }), fee], [paid({ sum: 1 }), paid({ sum: 1 })]],
  'another date': [[paid({ on: new Date('2026-01-01') })], [paid({ on: new Date('1970-01-01') })]],
};
for (const [name, [events, expected]] of Object.entries(cases)) {
  let outcome = 'passed';
  try {
    given([]).when({ type: 'Do', data: { events } }).then(expected);
  } catch {
    outcome = 'failed';
  }
  console.log(`${name}: ${outcome}`);
}
JS

node run.cjs >seen 2>&1 || { cat seen; exit 2; }
diff - seen <<'SEEN'
the same: passed
another sum: failed
one more: failed
another order: passed
another second event: passed
another date: passed
SEEN
