import type { ServerUnaryCall, ServerWritableStream } from '@grpc/grpc-js';
import { Empty } from '@eventstore/db-client/generated/shared_pb';
import type { IStreamsServer } from '@eventstore/db-client/generated/streams_grpc_pb';
import type { DeleteReq, ReadReq, ReadResp, TombstoneReq } from '@eventstore/db-client/generated/streams_pb';
import { DeleteResp, TombstoneResp } from '@eventstore/db-client/generated/streams_pb';
import { append } from './append';
import { expectationOf } from './append-request';
import type { Log } from './log';
import { Outflow } from './outflow';
import { readAll, readStream } from './read';
import { readRequest, streamOf } from './read-request';
import { callError, invalid, streamDeleted, unsupported, wrongExpectedVersion } from './status';
import type { Expectation, Outcome, StreamWriter } from './stream-writer';
import { subscribeToAll, subscribeToStream } from './subscribe';

export function streamsService(log: Log, writer: StreamWriter): IStreamsServer {
  return {
    append: (call, answer) => {
      append(writer, call).then(
        (response) => answer(null, response),
        (error) => answer(callError(error)),
      );
    },
    batchAppend: (call) => void call.emit('error', unsupported('BatchAppend')),
    read: (call) => void read(log, call),
    delete: (call, answer) => {
      remove('Delete', call, (stream, expected) => writer.delete(stream, expected)).then(
        (position) => answer(null, deleteAnswer(position)),
        (error) => answer(callError(error)),
      );
    },
    tombstone: (call, answer) => {
      remove('Tombstone', call, (stream, expected) => writer.tombstone(stream, expected)).then(
        (position) => answer(null, tombstoneAnswer(position)),
        (error) => answer(callError(error)),
      );
    },
  };
}

async function read(log: Log, call: ServerWritableStream<ReadReq, ReadResp>): Promise<void> {
  const out = new Outflow(call);
  try {
    const request = readRequest(call.request);
    const isSubscription = request.count === undefined;
    if (request.stream === undefined) await (isSubscription ? subscribeToAll(log, request, out) : readAll(log, request, out));
    else await (isSubscription ? subscribeToStream(log, request, out) : readStream(log, request, out));
    out.end();
  } catch (error) {
    out.fail(error);
  }
}

async function remove(
  operation: string,
  call: ServerUnaryCall<DeleteReq, DeleteResp> | ServerUnaryCall<TombstoneReq, TombstoneResp>,
  action: (stream: string, expected: Expectation) => Promise<Outcome>,
): Promise<number | undefined> {
  const options = call.request.getOptions();
  if (!options) throw invalid(`a ${operation} needs options`);
  const stream = streamOf(options.getStreamIdentifier()?.getStreamName_asU8());
  const expected = expectationOf(options, options.hasRevision() ? options.getRevision() : undefined);
  const outcome = await action(stream, expected);
  if (outcome.kind === 'deleted') throw streamDeleted(stream);
  if (outcome.kind === 'wrong') throw wrongExpectedVersion(operation, stream, numbered(expected), numbered(outcome.actual));
  return outcome.position;
}

/** As trailers tell an expectation. */
function numbered(expected: Expectation): number {
  if (typeof expected === 'number') return expected;
  return { none: -1, any: -2, exists: -4 }[expected];
}

function deleteAnswer(at: number | undefined): DeleteResp {
  if (at === undefined) return new DeleteResp().setNoPosition(new Empty());
  return new DeleteResp().setPosition(new DeleteResp.Position().setCommitPosition(String(at)).setPreparePosition(String(at)));
}

function tombstoneAnswer(at: number | undefined): TombstoneResp {
  if (at === undefined) return new TombstoneResp().setNoPosition(new Empty());
  return new TombstoneResp().setPosition(new TombstoneResp.Position().setCommitPosition(String(at)).setPreparePosition(String(at)));
}
