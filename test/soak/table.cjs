// What a soak prints.
const figure = (n) => Math.round(n).toLocaleString('en-US');
const cell = (text, width = 12) => String(text).padStart(width);

const headOf = (messages) => [
  `${figure(messages)} messages, one in five a copy, made while they are consumed; memory after a full collection`,
  ['messages', 'seconds', 'heap MB', 'RSS MB', 'external MB'].map((name) => cell(name)).join(''),
];

const lineOf = ({ at, seconds, heap, rss, external }) =>
  [figure(at), seconds.toFixed(0), heap.toFixed(2), rss.toFixed(1), external.toFixed(2)].map((text) => cell(text)).join('');

function endOf({ verdict, problems, slopes, ended, checked }) {
  const { sent, counts, seconds, rows, orders, commands, total } = ended;
  const per = (found) => (found ? `${found.slope.toFixed(3)} ± ${found.error.toFixed(3)}` : 'of too few samples');
  const told = Object.entries(counts).map(([name, kinds]) => {
    const all = Object.entries(kinds).sort(([, a], [, b]) => b - a);
    return `  ${name}: ${all.map(([kind, n]) => `${figure(n)} ${kind}`).join(', ')}`;
  });
  const audits = Object.entries(checked.audits).map(
    ([name, { seconds: took, rows: looked, actors, most, violations }]) =>
      `Audit (${name === 'plain' ? 'of the log alone' : 'with classes and decisions'}): ${violations.length} violations, ${figure(looked)} rows, ` +
      `${figure(actors)} actors, ${took.toFixed(0)} s, ${most.toFixed(0)} MB at the most`,
  );
  return [
    `Slope in MB per 100,000 messages: heap ${per(slopes.heap)}, RSS ${per(slopes.rss)}`,
    `${figure(sent.first)} messages, ${figure(sent.copy)} copies, ${figure(sent.contradiction)} contradictions of ${figure(orders)} orders, ` +
      `and ${figure(commands.first)} commands, ${figure(commands.again)} of them twice; ${figure(rows)} rows, ` +
      `${figure(total.received / seconds)} deliveries per second`,
    ...told,
    ...audits,
    `${figure(checked.complete)} orders are complete: each has one shipment with its items and one receipt, no other order ships`,
    ...problems.map((problem) => `  ${problem}`),
    `Verdict: ${verdict === 'ok' ? 'ok' : `BROKEN, ${problems.length} problems`}`,
  ].filter((line) => problems.length === 0 || !line.includes('are complete:'));
}

module.exports = { headOf, lineOf, endOf };
