// A fresh clone knows no times, and jest would run the longest file last and alone: those that take long begin first.
const { default: Sequencer } = require('@jest/test-sequencer');
const { join } = require('node:path');

/** The longest first. */
const LONG = [
  'samples/orders-shipping/test/server',
  'packages/eventstore-client/test/contract',
  'test/sweep/sweep',
  'test/cases/concurrency',
  'test/cases/permutations',
  'test/simulation/scorecard',
  'test/inputs/inputs',
  'packages/sqlite/test/contract-other-driver',
  'packages/sqlite/test/contract',
  'samples/orders-shipping/test/main',
  'test/cases/random-schedules',
  'test/simulation/every',
  'test/simulation/clean',
  'test/simulation/determinism',
  'test/simulation/single-faults',
  'test/cases/audit-clean',
  'packages/testing/test/simulate/readme',
].map((name) => join(__dirname, '..', `${name}.test.ts`));

module.exports = class extends Sequencer {
  sort(tests) {
    const rank = ({ path }) => (LONG.includes(path) ? LONG.indexOf(path) : LONG.length);
    return super.sort(tests).sort((a, b) => rank(a) - rank(b));
  }
};
