import { checkName } from '@waybill/core/store-kit';
import type { Views } from '@waybill/core/store-kit';
import type { CommitQueue } from '../commit/commit-queue';
import { checkNumber, checkText } from '../commit/limits';
import type { Reader, Reading } from '../read/reader';

/** Read models in the same file as the log; a write joins the next commit. */
export function viewsOf(reader: Reader, reading: Reading, queue: CommitQueue): Views {
  return {
    load: async (view, keys) => reading(() => reader.viewRows(view, keys)),
    all: async (view, { after, limit } = {}) => reading(() => reader.view(view, after, limit)),
    write: async (view, writes) => {
      queue.mustServe();
      checkName('view', view);
      const checked = writes.map(({ key, row, blocked, position, expected }) => {
        checkName('view key', key);
        if (row !== undefined) checkText('row of a view', row);
        if (blocked !== undefined) checkText('blocked of a view row', blocked);
        checkNumber('position of a view row', position);
        checkNumber('expected position of a view row', expected);
        return { key, row, blocked, position, expected };
      });
      const { applied } = await queue.write({ kind: 'views', view, writes: checked });
      return [...applied!]; // an array of this realm
    },
    drop: async (view) => {
      queue.mustServe();
      checkName('view', view);
      await queue.write({ kind: 'drop', view });
    },
  };
}
