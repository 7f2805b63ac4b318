import type { ServerReadableStream } from '@grpc/grpc-js';
import { status } from '@grpc/grpc-js';
import { Empty } from '@eventstore/db-client/generated/shared_pb';
import type { AppendReq } from '@eventstore/db-client/generated/streams_pb';
import { AppendResp } from '@eventstore/db-client/generated/streams_pb';
import type { Calls } from '../calls/calls';
import { CallError, commitTimeout, invalid, streamDeleted } from '../wire/status';
import type { Expectation, Outcome } from '../log/outcome';
import type { StreamWriter } from '../log/stream-writer';
import { expectationOf, Proposal, writableStream } from './append-request';

type Call = ServerReadableStream<AppendReq, AppendResp>;

/**
 * Reads the whole request, appends, and answers. Nothing is stored of a request that is cut off. A client that cancels may
 * have ended its request before: then it is complete, and stored.
 */
export async function append(writer: StreamWriter, calls: Calls, call: Call): Promise<AppendResp> {
  const { stream, expected, events } = await received(call, calls);
  return answer(stream, expected, await writer.append(stream, expected, events));
}

interface Received {
  readonly stream: string;
  readonly expected: Expectation;
  readonly events: Proposal['events'];
}

/** With listeners, not an async iterator: an append is usually two messages, and the iterator costs more than both. */
function received(call: Call, calls: Calls): Promise<Received> {
  return new Promise((resolve, reject) => {
    const proposal = new Proposal();
    let head: Omit<Received, 'events'> | undefined;
    let failed = false;
    const take = (request: AppendReq): void => {
      const options = request.getOptions();
      if (options) {
        if (head) throw invalid('an append sends its options once, and first');
        const expected = expectationOf(options, options.hasRevision() ? options.getRevision() : undefined);
        head = { stream: writableStream(options.getStreamIdentifier()?.getStreamName_asU8()), expected };
        return;
      }
      const message = request.getProposedMessage();
      if (!head || !message) throw invalid('an append sends its options first, then events');
      proposal.add(message);
    };
    const guarded = (action: () => void): void => {
      try {
        if (!failed) action();
      } catch (error) {
        failed = true;
        reject(error as Error);
      }
    };
    call.on('data', (request: AppendReq) => guarded(() => take(request)));
    const complete = (): void => {
      if (call.cancelled) return;
      if (!head) throw invalid('an append has to begin with its options');
      resolve({ ...head, events: proposal.events });
    };
    // A cut connection ends the request as if it were complete; the event that says it was cut follows right after.
    call.on('end', () => setImmediate(() => guarded(complete)));
    const cutOff = (): void => reject(new CallError(status.CANCELLED, 'the append was cut off before its end'));
    for (const end of ['cancelled', 'error']) call.once(end, cutOff);
    const leave = calls.onStop(cutOff);
    for (const end of ['end', 'cancelled', 'error']) call.once(end, leave);
  });
}

export function answer(stream: string, expected: Expectation, outcome: Outcome): AppendResp {
  if (outcome.kind === 'deleted') throw streamDeleted(stream);
  if (outcome.kind === 'late') throw commitTimeout();
  if (outcome.kind === 'wrong') return new AppendResp().setWrongExpectedVersion(wrong(expected, outcome.actual));
  const success = new AppendResp.Success();
  if (outcome.version === 'none') success.setNoStream(new Empty());
  else success.setCurrentRevision(String(outcome.version));
  if (outcome.position === undefined) success.setNoPosition(new Empty());
  else {
    const position = String(outcome.position);
    success.setPosition(new AppendResp.Position().setCommitPosition(position).setPreparePosition(position));
  }
  return new AppendResp().setSuccess(success);
}

function wrong(expected: Expectation, actual: number | 'none'): AppendResp.WrongExpectedVersion {
  const message = new AppendResp.WrongExpectedVersion();
  if (actual === 'none') message.setCurrentNoStream(new Empty()).setNoStream2060(new Empty());
  else message.setCurrentRevision(String(actual)).setCurrentRevision2060(actual);
  if (expected === 'any') message.setExpectedAny(new Empty()).setAny2060(new Empty());
  else if (expected === 'exists') message.setExpectedStreamExists(new Empty()).setStreamExists2060(new Empty());
  else if (expected === 'none') message.setExpectedNoStream(new Empty());
  else message.setExpectedRevision(String(expected)).setExpectedRevision2060(expected);
  return message;
}
