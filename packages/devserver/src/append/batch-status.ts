import { Any } from 'google-protobuf/google/protobuf/any_pb';
import { Empty } from 'google-protobuf/google/protobuf/empty_pb';
import { Code } from '@eventstore/db-client/generated/code_pb';
import * as shared from '@eventstore/db-client/generated/shared_pb';
import { Status } from '@eventstore/db-client/generated/status_pb';
import { streamIdentifier } from '../wire/messages';
import type { Expectation } from '../log/outcome';

interface Details {
  serializeBinary(): Uint8Array;
}

/** The error of one append of a batch. The others go on, so it is a message, and the type of its details says which error it is. */
function statusOf(code: Code, kind: string, details: Details, message = kind): Status {
  const any = new Any();
  any.pack(details.serializeBinary(), `event_store.client.${kind}`);
  return new Status().setCode(code).setMessage(message).setDetails(any);
}

export function timeoutStatus(): Status {
  return statusOf(Code.DEADLINE_EXCEEDED, 'Timeout', new shared.Timeout());
}

export function deletedStatus(stream: string): Status {
  return statusOf(Code.NOT_FOUND, 'StreamDeleted', new shared.StreamDeleted().setStreamIdentifier(streamIdentifier(stream)));
}

export function deniedStatus(): Status {
  return statusOf(Code.PERMISSION_DENIED, 'AccessDenied', new shared.AccessDenied());
}

export function tooLargeStatus(limit: number): Status {
  return statusOf(Code.INVALID_ARGUMENT, 'MaximumAppendSizeExceeded', new shared.MaximumAppendSizeExceeded().setMaxappendsize(limit));
}

export function badRequestStatus(why: string): Status {
  return statusOf(Code.INVALID_ARGUMENT, 'BadRequest', new shared.BadRequest().setMessage(why), why);
}

export function wrongVersionStatus(expected: Expectation, actual: number | 'none'): Status {
  const details = new shared.WrongExpectedVersion();
  if (actual === 'none') details.setCurrentNoStream(new Empty());
  else details.setCurrentStreamRevision(String(actual));
  if (expected === 'any') details.setExpectedAny(new Empty());
  else if (expected === 'exists') details.setExpectedStreamExists(new Empty());
  else if (expected === 'none') details.setExpectedNoStream(new Empty());
  else details.setExpectedStreamPosition(String(expected));
  return statusOf(Code.ALREADY_EXISTS, 'WrongExpectedVersion', details);
}
