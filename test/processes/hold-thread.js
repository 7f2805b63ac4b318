// The thread that commits, held in the midst of a commit that writes the rows in question: inside of the transaction, or behind it and
// before its answer.
const { dirname, join } = require('node:path');
const { workerData } = require('node:worker_threads');
const { say } = require('./say.js');

const { file, point, nth, marker, gate } = workerData.hold;
const { Writer } = require(join(dirname(file), 'writer.js'));
let passed = 0;
let ours = false;

function at(name) {
  if (name !== point || !ours || ++passed !== nth) return;
  say({ at: name });
  Atomics.wait(gate, 0, 0);
}

const { append, commit } = Writer.prototype;
Object.assign(Writer.prototype, {
  append(rows) {
    const written = append.call(this, rows);
    at('in the transaction');
    return written;
  },
  commit(batch) {
    ours = batch.text.includes(marker);
    const result = commit.call(this, batch);
    at('committed');
    return result;
  },
});
require(file);
