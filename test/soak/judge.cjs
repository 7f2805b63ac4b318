// What must be true of a soak.
const { slopeOf } = require('./memory.cjs');

/** MB per 100,000 messages. */
const MOST = 1;
/** MB that the audit without classes may take, whatever the log holds; and KB per actor of the one with classes. */
const AUDIT = { plain: 250, perActor: 4, base: 100 };
/** Events that one order by commands leads to. */
const PER_ORDER = 4;

const sumOf = (kinds = {}) => Object.values(kinds).reduce((all, n) => all + n, 0);

function judge(samples, ended, checked) {
  const problems = [];
  const must = (holds, what) => void (holds || problems.push(what));
  const equal = (what, found, wanted) => must(found === wanted, `${what}: ${found}, not ${wanted}`);
  const slopes = { heap: slopeOf(samples, 'heap'), rss: slopeOf(samples, 'rss') };
  for (const [of, found] of Object.entries(slopes))
    must(!found || found.slope < MOST, `${of} grows by ${found?.slope.toFixed(2)} MB per 100,000 messages, not under ${MOST}`);

  const { sent, commands, counts, total, mails } = ended;
  const { shipping = {}, receipts = {}, orders = {} } = counts;
  const events = PER_ORDER * commands.orders;
  equal('shipping received', sumOf(shipping), sent.first + sent.copy + sent.contradiction + events);
  equal('shipping applied', shipping.applied, sent.first + events);
  equal('shipping dropped as duplicates', shipping.duplicate ?? 0, sent.copy);
  equal('shipping found conflicts', shipping.conflict ?? 0, sent.contradiction);
  equal('receipts applied', receipts.applied, ended.orders + commands.orders);
  equal('commands applied', orders.applied, commands.first);
  equal('commands answered again', orders.duplicate ?? 0, commands.again);
  const { received, waiting, ...kinds } = total;
  equal('received, as the sum of the outcomes', sumOf(kinds), received);
  equal(
    'received, as the outcomes that were told',
    Object.values(counts)
      .map(sumOf)
      .reduce((a, b) => a + b),
    received,
  );
  equal('waiting at the end', waiting, 0);
  equal('mails', mails, checked.complete);
  must(checked.broken === 0, `the verdict: ${checked.broken} wrong, as ${checked.wrong.join('; ')}`);
  for (const [name, { violations, most, actors }] of Object.entries(checked.audits)) {
    must(violations.length === 0, `the audit (${name}): ${JSON.stringify(violations[0])}`);
    const bound = name === 'plain' ? AUDIT.plain : AUDIT.base + (actors * AUDIT.perActor) / 1_024;
    must(most < bound, `the audit (${name}) took ${most.toFixed(0)} MB, not under ${bound.toFixed(0)}`);
  }
  return { verdict: problems.length === 0 ? 'ok' : 'broken', problems, slopes, samples, ended, checked };
}

module.exports = { judge };
