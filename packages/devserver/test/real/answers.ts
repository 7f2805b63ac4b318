import type { Metadata } from '@grpc/grpc-js';
import { WrongExpectedVersion } from '@eventstore/db-client/generated/shared_pb';
import type { StreamsClient } from '@eventstore/db-client/generated/streams_grpc_pb';
import type { AppendReq, AppendResp, BatchAppendReq, BatchAppendResp } from '@eventstore/db-client/generated/streams_pb';

/** A success; anything else is a word. */
type Answer = { readonly revision: string; readonly position: number | undefined } | string;

export function unaryAnswer(client: StreamsClient, metadata: Metadata, requests: readonly AppendReq[]): Promise<Answer> {
  return new Promise((resolve) => {
    const call = client.append(metadata, (error: (Error & { code?: number; metadata?: Metadata }) | null, answer: AppendResp) =>
      resolve(error ? failed(error) : unaryOf(answer)),
    );
    for (const request of requests) call.write(request);
    call.end();
  });
}

function unaryOf(answer: AppendResp): Answer {
  const wrong = answer.getWrongExpectedVersion();
  if (wrong) return `wrong ${wrong.hasCurrentRevision() ? wrong.getCurrentRevision() : 'none'}`;
  const success = answer.getSuccess()!;
  const at = success.getPosition()?.getCommitPosition();
  return { revision: success.hasNoStream() ? 'none' : success.getCurrentRevision(), position: at === undefined ? undefined : Number(at) };
}

export function batchAnswer(client: StreamsClient, metadata: Metadata, request: BatchAppendReq): Promise<Answer> {
  return new Promise((resolve) => {
    const call = client.batchAppend(metadata);
    call.on('data', (answer: BatchAppendResp) => {
      resolve(batchOf(answer));
      call.end();
    });
    call.on('error', (error: { code?: number; metadata?: Metadata }) => resolve(failed(error)));
    call.write(request);
  });
}

function batchOf(answer: BatchAppendResp): Answer {
  const success = answer.getSuccess();
  const at = success?.getPosition()?.getCommitPosition();
  if (success)
    return { revision: success.hasNoStream() ? 'none' : success.getCurrentRevision(), position: at === undefined ? undefined : Number(at) };
  const error = answer.getError();
  const kind = error?.getDetails()?.getTypeName().replace('event_store.client.', '');
  if (kind === 'StreamDeleted') return 'deleted';
  if (kind === 'Timeout') return 'timeout';
  if (kind !== 'WrongExpectedVersion') return `code-${error?.getCode()}`;
  const wrong = error?.getDetails()?.unpack(WrongExpectedVersion.deserializeBinary, 'event_store.client.WrongExpectedVersion');
  return `wrong ${wrong?.hasCurrentStreamRevision() ? wrong.getCurrentStreamRevision() : 'none'}`;
}

export function failed(error: { code?: number; metadata?: Metadata }): string {
  const exception = error.metadata?.get('exception')[0];
  if (exception === 'wrong-expected-version') return 'wrong';
  return exception === 'stream-deleted' ? 'deleted' : `code-${error.code}`;
}
