// WAYBILL_ESDB=esdb://… npm run real: plays the table on a real server, and prints where it answers otherwise. Exit code 1 if it does.
require('../../../../test/simulation/load.cjs');
const { Play } = require('./play.ts');
const { clientOf } = require('./requests.ts');
const { LINES } = require('./table.ts');

async function main() {
  const url = process.env.WAYBILL_ESDB ?? process.argv[2];
  if (url === undefined) {
    console.error('REAL_USAGE: no server is named. Fix: set WAYBILL_ESDB to an esdb:// connection string.');
    process.exit(2);
  }
  const client = clientOf(url);
  let failed = 0;
  for (const path of ['unary', 'batch']) {
    for (const line of LINES) {
      const differences = await new Play(client, path).differences(line);
      if (differences.length > 0) failed++;
      for (const { step, expected, answered } of differences) {
        console.log(`${path}: ${line}\n  ${step}: ${answered}, not ${expected}`);
      }
    }
  }
  client.streams.close();
  console.log(`${LINES.length} lines on two paths: ${failed} answered otherwise`);
  process.exitCode = failed > 0 ? 1 : 0;
}

void main();
