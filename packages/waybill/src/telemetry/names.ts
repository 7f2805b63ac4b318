import type { Attributes } from '@opentelemetry/api';
import type { Outcome } from '@waybill/core';

/**
 * Attributes of the OpenTelemetry semantic conventions for messaging; what these do not define is named `waybill.…`. Written out as
 * literals, since some are made for every message.
 */
export const ERROR = 'error.type';
export const MESSAGE_ID = 'messaging.message.id';
export const OUTCOME = 'waybill.outcome';
export const STREAM = 'waybill.stream';
export const ATTEMPTS = 'waybill.attempts';
export const LOST = 'waybill.commit.lost';

/** A consumer works on one message. */
export function processOf(consumer: string, type: string, id: string, position: number): Attributes {
  return {
    'messaging.system': 'waybill',
    'messaging.operation.name': 'process',
    'messaging.operation.type': 'process',
    'messaging.destination.name': consumer,
    'messaging.consumer.group.name': consumer,
    'messaging.message.id': id,
    'waybill.message.type': type,
    'waybill.message.position': position,
  };
}

/** The same for all messages with one outcome. */
export function processedOf({ consumer, kind, type }: Outcome): Attributes {
  return {
    'messaging.system': 'waybill',
    'messaging.operation.name': 'process',
    'messaging.operation.type': 'process',
    'messaging.destination.name': consumer,
    'messaging.consumer.group.name': consumer,
    'waybill.message.type': type,
    'waybill.outcome': kind,
    ...errorOf(kind),
  };
}

/** A caller sends a command to an aggregate and waits for the answer. */
export function sendOf(actor: string): Attributes {
  return {
    'messaging.system': 'waybill',
    'messaging.operation.name': 'send',
    'messaging.operation.type': 'send',
    'messaging.destination.name': actor,
  };
}

/** Rows of many actors go to the store in one append. */
export const COMMIT: Attributes = {
  'messaging.system': 'waybill',
  'messaging.operation.name': 'commit',
  'messaging.operation.type': 'send',
};

/** An outcome that needs an operator counts as an error. */
export function errorOf(kind: Outcome['kind']): Attributes {
  return kind === 'conflict' || kind === 'parked' ? { [ERROR]: kind } : {};
}
