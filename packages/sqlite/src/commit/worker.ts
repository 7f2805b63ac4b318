import { parentPort, workerData } from 'node:worker_threads';
import type { WorkerSettings } from '../file/connect';
import { connect } from '../file/connect';
import type { CopyRequest } from '../file/copy';
import { copyInto } from '../file/copy';
import { InPlace } from '../file/in-place';
import { translated } from '../file/failure';
import type { Batch, CommitResult } from './batch';
import { Writer } from './writer';

/** The commit thread: takes batches one at a time, in the order in which they were sent, and answers each. */
function serve(settings: WorkerSettings): void {
  const port = parentPort!;
  const committer = committerOf(settings);
  port.on('message', (message: Batch | 'close') => {
    if (message !== 'close') return port.postMessage(committer.commit(message));
    committer.close();
    return port.postMessage('closed');
  });
}

function committerOf(settings: WorkerSettings): { commit(batch: Batch): CommitResult; close(): void } {
  try {
    const writer = new Writer(connect(settings), settings.file, new InPlace(settings.file, settings.known));
    return { commit: (batch) => writer.commit(batch), close: () => writer.close() };
  } catch (error) {
    const failure = { ...translated(error, settings.file), stored: 'no', lasting: true } as const;
    return { commit: () => ({ failure }), close: () => undefined };
  }
}

const asked = workerData as WorkerSettings | CopyRequest;
if ('into' in asked) parentPort!.postMessage(copyInto(asked));
else serve(asked);
