import { status } from '@grpc/grpc-js';
import { CallError } from '../wire/status';
import type { GroupKey } from './requests';

function groupError(code: status, exception: string, { stream, group }: GroupKey, what: string): CallError {
  return new CallError(code, what, { exception, 'stream-name': stream, 'group-name': group });
}

export function doesNotExist(key: GroupKey): CallError {
  const what = `Subscription group ${key.group} on stream ${key.stream} does not exist.`;
  return groupError(status.NOT_FOUND, 'persistent-subscription-does-not-exist', key, what);
}

export function alreadyExists(key: GroupKey): CallError {
  const what = `Subscription group ${key.group} on stream ${key.stream} exists.`;
  return groupError(status.ALREADY_EXISTS, 'persistent-subscription-exists', key, what);
}

export function dropped(key: GroupKey): CallError {
  const what = `Subscription group ${key.group} on stream ${key.stream} was dropped.`;
  return groupError(status.CANCELLED, 'persistent-subscription-dropped', key, what);
}

export function subscribersReached(key: GroupKey): CallError {
  const what = `Maximum subscriptions reached for subscription group ${key.group} on stream ${key.stream}.`;
  return groupError(status.FAILED_PRECONDITION, 'maximum-subscribers-reached', key, what);
}
