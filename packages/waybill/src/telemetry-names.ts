/** Names of the OpenTelemetry semantic conventions for messaging; what these do not know is named `waybill.…`. */
export const SYSTEM = 'messaging.system';
export const OPERATION = 'messaging.operation.name';
export const OPERATION_TYPE = 'messaging.operation.type';
export const DESTINATION = 'messaging.destination.name';
export const GROUP = 'messaging.consumer.group.name';
export const MESSAGE_ID = 'messaging.message.id';
export const BATCH = 'messaging.batch.message_count';
export const ERROR = 'error.type';

export const MESSAGE_TYPE = 'waybill.message.type';
export const POSITION = 'waybill.message.position';
export const STREAM = 'waybill.stream';
export const OUTCOME = 'waybill.outcome';
export const ATTEMPTS = 'waybill.attempts';
export const STREAMS = 'waybill.commit.streams';
export const LOST = 'waybill.commit.lost';

const BY = { [SYSTEM]: 'waybill' } as const;

/** Somebody hands a command to an aggregate and waits for its answer. */
export const SEND = { ...BY, [OPERATION]: 'send', [OPERATION_TYPE]: 'send' } as const;
/** A consumer works on one message. */
export const PROCESS = { ...BY, [OPERATION]: 'process', [OPERATION_TYPE]: 'process' } as const;
/** Rows of many actors go to the store in one append. */
export const COMMIT = { ...BY, [OPERATION]: 'commit', [OPERATION_TYPE]: 'send' } as const;
