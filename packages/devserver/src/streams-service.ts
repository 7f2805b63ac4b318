import type { ServiceDefinition } from '@grpc/grpc-js';
import type { IStreamsServer } from '@eventstore/db-client/generated/streams_grpc_pb';
import { StreamsService as Stubs } from '@eventstore/db-client/generated/streams_grpc_pb';
import type { DeleteReq, ReadReq, ReadResp, TombstoneReq } from '@eventstore/db-client/generated/streams_pb';
import { DeleteResp, TombstoneResp } from '@eventstore/db-client/generated/streams_pb';
import { append } from './append/append';
import { expectationOf, writableStream } from './append/append-request';
import { BatchAppend } from './append/batch-append';
import type { Calls } from './calls/calls';
import type { Met } from './calls/faults';
import type { Log } from './log/log';
import type { ReadOutflow } from './read/read';
import { readAll, readStream } from './read/read';
import { readRequest } from './wire/read-request';
import { commitTimeout, invalid, streamDeleted, wrongExpectedVersion } from './wire/status';
import type { Expectation, Outcome } from './log/outcome';
import type { StreamWriter } from './log/stream-writer';
import { subscribeToAll, subscribeToStream } from './read/subscribe';

/** The stubs, except that events are already serialized when gRPC gets them. */
export const StreamsService: ServiceDefinition<IStreamsServer> = {
  ...Stubs,
  read: {
    ...Stubs.read,
    responseSerialize: (answer: ReadResp | Buffer) => (Buffer.isBuffer(answer) ? answer : Stubs.read.responseSerialize(answer)),
  },
};

export function streamsServer(log: Log, writer: StreamWriter, calls: Calls): IStreamsServer {
  return {
    append: (call, answer) => calls.unary('append', call, answer, () => append(writer, calls, call)),
    batchAppend: (call) => calls.stream(undefined, call, (out) => new BatchAppend(writer, calls, call, out).run()),
    read: (call) => {
      const kind = call.request.getOptions()?.hasSubscription() ? 'subscribe' : 'read';
      calls.stream<ReadReq, ReadResp>(kind, call, (out, met) => read(log, call.request, out, met));
    },
    delete: (call, answer) =>
      calls.unary('delete', call, answer, async () => {
        const at = await remove('Delete', call.request, (stream, expected) => writer.delete(stream, expected));
        return new DeleteResp().setPosition(new DeleteResp.Position().setCommitPosition(at).setPreparePosition(at));
      }),
    tombstone: (call, answer) =>
      calls.unary('tombstone', call, answer, async () => {
        const at = await remove('Tombstone', call.request, (stream, expected) => writer.tombstone(stream, expected));
        return new TombstoneResp().setPosition(new TombstoneResp.Position().setCommitPosition(at).setPreparePosition(at));
      }),
  };
}

async function read(log: Log, request: ReadReq, out: ReadOutflow, met: Met): Promise<void> {
  const asked = readRequest(request);
  const isSubscription = asked.count === undefined;
  if (asked.stream === undefined) return isSubscription ? subscribeToAll(log, asked, out, met) : readAll(log, asked, out, met);
  return isSubscription ? subscribeToStream(log, asked, out, met) : readStream(log, asked, out, met);
}

/** The position at which the stream ended, as a decimal string. */
async function remove(
  operation: string,
  request: DeleteReq | TombstoneReq,
  action: (stream: string, expected: Expectation) => Promise<Outcome>,
): Promise<string> {
  const options = request.getOptions();
  if (!options) throw invalid(`a ${operation} needs options`);
  const stream = writableStream(options.getStreamIdentifier()?.getStreamName_asU8());
  const expected = expectationOf(options, options.hasRevision() ? options.getRevision() : undefined);
  const outcome = await action(stream, expected);
  if (outcome.kind === 'deleted') throw streamDeleted(stream);
  if (outcome.kind === 'late') throw commitTimeout();
  if (outcome.kind === 'wrong') throw wrongExpectedVersion(operation, stream, numbered(expected), numbered(outcome.actual));
  return String(outcome.position ?? 0);
}

/** An expectation as trailers give it. */
function numbered(expected: Expectation): number {
  return typeof expected === 'number' ? expected : { none: -1, any: -2, exists: -4 }[expected];
}
