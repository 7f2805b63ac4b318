// One fact per line on stdout, from whichever thread, written when this returns.
const { writeSync } = require('node:fs');

const pause = new Int32Array(new SharedArrayBuffer(4));

/** A pipe that is full takes the rest later: its reader may be slow. */
function say(fact) {
  for (let rest = Buffer.from(`${JSON.stringify(fact)}\n`); rest.length > 0;) {
    try {
      rest = rest.subarray(writeSync(1, rest));
    } catch (error) {
      if (error.code !== 'EAGAIN') throw error;
      Atomics.wait(pause, 0, 0, 2);
    }
  }
}

module.exports = { say };
