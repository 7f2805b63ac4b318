import type { Views } from '@waybill/core';
import { checkName } from '@waybill/core';
import type { CommitQueue } from './commit-queue';
import type { Reader, Reading } from './reader';

/** Read models in the same file as the log; a write joins the commit that comes next. */
export function viewsOf(reader: Reader, reading: Reading, queue: CommitQueue): Views {
  return {
    load: async (view, keys) => reading(() => reader.viewRows(view, keys)),
    all: async (view) => reading(() => reader.view(view)),
    write: async (view, writes) => {
      queue.mustServe();
      checkName('view', view);
      for (const { key } of writes) checkName('view key', key);
      const { held } = await queue.write({ kind: 'views', view, writes });
      return [...held!]; // of this realm
    },
  };
}
