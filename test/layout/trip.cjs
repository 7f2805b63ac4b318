// node test/layout/trip.cjs [--steps]: follows one ItemAdded of the sample through core, from the page that shows it to its
// outcome, and counts how often the way leads from one file, and from one room, to another. A step is the entry of a function.
const { readFileSync } = require('node:fs');
const { join, relative, sep } = require('node:path');
const ts = require('typescript');

// As in production: in development a state is also frozen before its method runs.
process.env.NODE_ENV = 'production';
const root = join(__dirname, '..', '..');
const core = join(root, 'packages', 'core', 'dist');

/** The file of each function that was entered while a trip is being recorded. */
let steps;
globalThis.__tripStep = (file, name) => steps?.push({ file, name });

/** Says at the start of every function with a body of its own where it stands. */
function marked(path, text) {
  const file = relative(core, path).split(sep).join('/').replace(/\.js$/, '');
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const marks = [];
  const visit = (node) => {
    if (ts.isFunctionLike(node) && node.body && ts.isBlock(node.body)) {
      const derived = ts.isConstructorDeclaration(node) && node.parent.heritageClauses !== undefined;
      const name = node.name?.getText(source) ?? node.parent.name?.getText(source) ?? '';
      if (!derived) marks.push([node.body.getStart(source) + 1, ` __tripStep(${JSON.stringify(file)}, ${JSON.stringify(name)});`]);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return marks.reduceRight((all, [at, mark]) => all.slice(0, at) + mark + all.slice(at), text);
}

const read = require.extensions['.js'];
require.extensions['.js'] = (module, path) =>
  path.startsWith(core) ? module._compile(marked(path, readFileSync(path, 'utf8')), path) : read(module, path);

const { App, memoryStore } = require('waybill');
const { Shipping } = require('@waybill/sample-orders-shipping/dist/shipping');

/** The steps of one ItemAdded that comes to an order which is known already, in an app that has nothing else to do. */
async function trip() {
  const store = memoryStore();
  const app = await App.start({ store, use: [Shipping] });
  const row = (type, data) => ({
    id: `00000000-0000-4000-8000-${String(data.index ?? 99).padStart(12, '0')}`,
    type,
    data: JSON.stringify(data),
    meta: '{}',
    time: 0,
  });
  const events = [row('OrderSubmitted', { orderId: 'o-1', customerId: 'c-1' })];
  await store.append([{ stream: 'feed', expected: 'none', events }]);
  await app.settled();
  const ended = new Promise((resolve) => app.outcomes.subscribe(resolve));
  steps = [];
  await store.append([
    { stream: 'feed', expected: 0, events: [row('ItemAdded', { orderId: 'o-1', index: 0, sku: 'apple', quantity: 1 })] },
  ]);
  await ended;
  const taken = steps;
  steps = undefined;
  await app.stop();
  const begin = taken.findIndex(({ file, name }) => file.startsWith('consumers/') && name === 'take');
  const end = taken.findLastIndex(({ file, name }) => file === 'flow/outcome' && name === 'publish');
  return taken.slice(begin, end + 1);
}

const changes = (places) => places.filter((place, i) => i > 0 && place !== places[i - 1]).length;

trip().then((taken) => {
  if (process.argv.includes('--steps')) for (const { file, name } of taken) console.log(`${file} ${name}`);
  const files = taken.map(({ file }) => file);
  console.log(JSON.stringify({ steps: taken.length, files: changes(files), rooms: changes(files.map((file) => file.split('/')[0])) }));
});
