const fc = require('fast-check');
const { DECODERS } = require('./decoders.cjs');

const OWNERS = [Object.prototype, Array.prototype, Function.prototype, String.prototype, Map.prototype];
const AT_ONCE = 500;

/** The names and values of what everything inherits: looked at after each input. */
function watchPrototypes() {
  const before = OWNERS.map((owner) => new Map(Reflect.ownKeys(owner).map((key) => [key, Object.getOwnPropertyDescriptor(owner, key)])));
  const changed = (owner, i, deep) => {
    const keys = Reflect.ownKeys(owner);
    if (keys.length !== before[i].size) return true;
    if (!deep) return keys.some((key) => !before[i].has(key));
    return keys.some((key) => {
      const [was, is] = [before[i].get(key), Object.getOwnPropertyDescriptor(owner, key)];
      return !was || was.value !== is.value || was.get !== is.get || was.set !== is.set;
    });
  };
  return (deep) => OWNERS.some((owner, i) => (deep || i < 2) && changed(owner, i, deep));
}

/** Which kind of finding it is; undefined for an error that tells its code. */
function findingOf(error) {
  if (typeof error?.code === 'string' && error.name === 'WaybillError' && error.message.startsWith(`${error.code}: `)) return undefined;
  const text = String(error?.message ?? error);
  const short = /JSON( at position| input|$)| in JSON/m.test(text)
    ? "the words of JSON's own parser"
    : text
        .replace(/"[^]*"|'[^]*'|`[^]*`/g, '…')
        .split('\n')[0]
        .slice(0, 100);
  return `${error?.constructor?.name ?? typeof error}: ${short}`;
}

/** So many inputs, shared out among what reads them. The same seed gives the same inputs. */
async function fuzz(inputs, seed, print = () => {}) {
  const shares = Object.values(DECODERS).reduce((sum, [share]) => sum + share, 0);
  const report = { inputs: 0, decoded: 0, coded: 0, findings: [], perDecoder: {} };
  const polluted = watchPrototypes();
  const stray = [];
  const note = (error) => stray.push(error);
  process.on('unhandledRejection', note);
  for (const [name, [share, arbitrary, read]] of Object.entries(DECODERS)) {
    const wanted = Math.max(1, Math.round((inputs * share) / shares));
    const started = performance.now();
    for (let done = 0; done < wanted; done += AT_ONCE) {
      const some = fc.sample(arbitrary, { numRuns: Math.min(AT_ONCE, wanted - done), seed: seed + done });
      for (const input of some) await one(report, name, read, input, () => polluted(false));
      if (polluted(true)) report.findings.push({ name, finding: 'a prototype was changed', input: `seed ${seed + done}` });
    }
    await new Promise((resolve) => setImmediate(resolve));
    for (const error of stray.splice(0)) report.findings.push({ name, finding: `nobody awaits: ${findingOf(error) ?? error.message}` });
    report.perDecoder[name] = wanted;
    print(`${name}: ${wanted} inputs, ${((performance.now() - started) / 1000).toFixed(1)} s`);
  }
  process.off('unhandledRejection', note);
  return report;
}

async function one(report, name, read, input, polluted) {
  report.inputs++;
  try {
    const answer = read(input);
    if (answer instanceof Promise) await answer;
    report.decoded++;
  } catch (error) {
    const finding = findingOf(error);
    if (finding === undefined) report.coded++;
    else add(report, name, finding, input);
  }
  if (polluted()) throw new Error(`a prototype was changed by ${name}: ${JSON.stringify(input)}`);
}

/** One of each kind, with how often it came. */
function add(report, name, finding, input) {
  const before = report.findings.find((other) => other.name === name && other.finding === finding);
  if (before) before.times++;
  else report.findings.push({ name, finding, times: 1, input: shown(input) });
}

function shown(input) {
  try {
    return JSON.stringify(input).slice(0, 400);
  } catch {
    return String(typeof input);
  }
}

module.exports = { fuzz };
