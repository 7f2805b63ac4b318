import { parentPort, workerData } from 'node:worker_threads';
import type { Settings } from '../file/connect';
import { connect } from '../file/connect';
import { translated } from '../file/failure';
import type { Batch, CommitResult } from './batch';
import { Writer } from './writer';

/** The commit thread: takes batches one at a time, in the order in which they were sent, and answers each. */
function serve(settings: Settings): void {
  const port = parentPort!;
  const committer = committerOf(settings);
  port.on('message', (message: Batch | 'close') => {
    if (message !== 'close') return port.postMessage(committer.commit(message));
    committer.close();
    return port.postMessage('closed');
  });
}

function committerOf(settings: Settings): { commit(batch: Batch): CommitResult; close(): void } {
  try {
    const writer = new Writer(connect(settings), settings.file);
    return { commit: (batch) => writer.commit(batch), close: () => writer.close() };
  } catch (error) {
    const failure = { ...translated(error, settings.file), stored: 'no', lasting: true } as const;
    return { commit: () => ({ failure }), close: () => undefined };
  }
}

serve(workerData as Settings);
