// What a process holds, and how that grows.
const MB = 1_048_576;

/** In MB, after a full collection where the process was started with --expose-gc. */
function measure() {
  globalThis.gc?.();
  globalThis.gc?.();
  const { rss, heapUsed, external } = process.memoryUsage();
  return { rss: rss / MB, heap: heapUsed / MB, external: external / MB };
}

/** Until then caches fill: the hot states, the pages of the file, compiled code. A fifth of the run, and at least so many messages. */
const WARM_UP = 150_000;

/** Least squares: MB per 100,000 of `at` behind the warm-up, and its standard error; undefined for fewer than three samples. */
function slopeOf(samples, field) {
  const from = Math.max(WARM_UP, (samples.at(-1)?.at ?? 0) / 5);
  const warm = samples.filter(({ at }) => at > from);
  if (warm.length < 3) return undefined;
  const mean = (of) => warm.reduce((sum, one) => sum + of(one), 0) / warm.length;
  const [x, y] = [mean(({ at }) => at), mean((one) => one[field])];
  const width = warm.reduce((sum, { at }) => sum + (at - x) ** 2, 0);
  const slope = warm.reduce((sum, one) => sum + (one.at - x) * (one[field] - y), 0) / width;
  const rest = warm.reduce((sum, one) => sum + (one[field] - y - slope * (one.at - x)) ** 2, 0);
  return { slope: 100_000 * slope, error: 100_000 * Math.sqrt(rest / (warm.length - 2) / width) };
}

/** A child tells its parent one fact per line. */
const say = (fact) => process.stdout.write(`${JSON.stringify(fact)}\n`);

module.exports = { measure, slopeOf, say };
