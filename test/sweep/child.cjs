// `node child.cjs <file> <killAt: 0 for never> <thread> [side]`: one process of the sweep. What it says last, it ended with.
const { Points } = require('./points.cjs');
const { live } = require('./life.cjs');

const [file, killAt, thread, side] = process.argv.slice(2);
const points = new Points({ killAt: Number(killAt), told: 1 });
const say = (value) => process.stdout.write(JSON.stringify(value));

live(file, { points, thread, side }).then(
  () => say({ end: 'rest', points: points.passed }),
  (error) => {
    say({ end: 'stopped', code: error.code ?? 'none', message: String(error.message) });
    // A store that failed may keep handles for good.
    process.exit(3);
  },
);
