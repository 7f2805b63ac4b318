// npm run soak -- [--messages 1000000] [--every 50000] [--json]
const { mkdtempSync, rmSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { join } = require('node:path');
const { parseArgs } = require('node:util');
const { childOf } = require('./child.cjs');
const { judge } = require('./judge.cjs');
const { endOf, headOf, lineOf } = require('./table.cjs');

const HELP = `npm run soak -- [options]   Orders/Shipping on the embedded store, one message in five a copy: memory must stay flat
  --messages <n>   how many, about; 1000000 if not given
  --every <n>      messages between two lines; 50000 if not given; the memory is looked at five times as often
  --json           prints one JSON value, and the table on stderr`;

/** At the memory, per line. */
const LOOKS = 5;

function usage(what) {
  console.error(`SOAK_USAGE: ${what}\n\n${HELP}`);
  process.exit(2);
}

function count(name, text) {
  const n = Number(text);
  if (!/^\d+$/.test(text) || n < 1 || n > 1e9)
    usage(`--${name} is ${JSON.stringify(text)}. Fix: give a whole number from 1 to 1000000000.`);
  return n;
}

function options() {
  const text = (value) => ({ type: 'string', default: value });
  const flag = { type: 'boolean', default: false };
  try {
    return parseArgs({ options: { messages: text('1000000'), every: text('50000'), json: flag, help: flag } }).values;
  } catch (error) {
    return usage(error.message);
  }
}

async function soak(file, { messages, every }, print, stopped) {
  const samples = [];
  headOf(messages).forEach(print);
  const { ended } = await childOf('work.cjs', [file, messages, Math.ceil(every / LOOKS)], stopped, ({ sample }) => {
    if (!sample) return;
    samples.push(sample);
    if (samples.length % LOOKS === 0) print(lineOf(sample));
  });
  print(lineOf(ended.last));
  print('Working it off took as long as that; now the log is checked and audited.');
  const { checked } = await childOf('check.cjs', [file, ended.orders, ended.commands.orders], stopped);
  return judge(samples, ended, checked);
}

async function main() {
  const values = options();
  if (values.help) return console.log(HELP);
  const wanted = { messages: count('messages', values.messages), every: count('every', values.every) };
  const print = (line) => (values.json ? process.stderr : process.stdout).write(`${line}\n`);
  const folder = mkdtempSync(join(tmpdir(), 'waybill-soak-'));
  const stop = new AbortController();
  for (const [signal, number] of Object.entries({ SIGINT: 2, SIGTERM: 15 }))
    process.once(signal, () => {
      process.exitCode = 128 + number;
      stop.abort();
    });
  try {
    const result = await soak(join(folder, 'soak.db'), wanted, print, stop.signal);
    endOf(result).forEach(print);
    if (values.json) console.log(JSON.stringify(result));
    if (result.problems.length > 0) process.exitCode = 1;
  } catch (error) {
    if (!stop.signal.aborted) throw error;
    print('Interrupted.');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

main().catch((error) => {
  console.error(error.message);
  process.exit(1);
});
