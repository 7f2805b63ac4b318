import { randomUUID } from 'node:crypto';
import { Empty, WrongExpectedVersion } from '@eventstore/db-client/generated/shared_pb';
import type { BatchAppendResp } from '@eventstore/db-client/generated/streams_pb';
import { BatchAppendReq } from '@eventstore/db-client/generated/streams_pb';
import type { Written } from '@waybill/core/store-kit';
import type { Connection } from '../connection/connection';
import { failureOf } from '../connection/failure';
import type { Append } from '../format/messages';
import { filled, identifier, uuid } from '../format/messages';
import { positionOr } from '../format/rows';
import type { BatchCall } from '../connection/wire';
import type { AppendPath } from './appender';
import type { Answer } from './unplaced';
import { unplaced } from './unplaced';

interface Waiting {
  readonly stream: string;
  readonly resolve: (written: Answer | Promise<Answer>) => void;
  readonly reject: (error: unknown) => void;
  readonly timer: NodeJS.Timeout;
}

/** One long call that carries all appends. Those that wait are kept per call, so that a failing call rejects only its own. */
class Batch {
  private readonly waiting = new Map<string, Waiting>();
  private answers = 0;
  isOver = false;

  constructor(
    private readonly call: BatchCall,
    private readonly deadline: number,
    private readonly unplaced: (stream: string, revision: number) => Promise<Answer>,
  ) {
    call.on('data', (answer: BatchAppendResp) => this.receive(answer));
    call.on('error', (error: unknown) => this.end(error));
    for (const event of ['end', 'close']) call.on(event, () => this.end(status(1, 'the server ended the batch append call')));
  }

  send(append: Append): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const id = randomUUID();
      const before = this.answers;
      const late = () => {
        this.waiting.delete(id);
        reject(status(4, `no answer within ${this.deadline} ms`));
        // No append was answered since this one was sent: it is the call that hangs.
        if (this.answers === before) this.call.cancel();
      };
      this.waiting.set(id, { stream: append.stream, resolve, reject, timer: setTimeout(late, this.deadline) });
      this.call.write(requestOf(append, id, this.deadline));
    });
  }

  private receive(answer: BatchAppendResp): void {
    this.answers++;
    const id = answer.getCorrelationId()?.getString() ?? '';
    const one = this.waiting.get(id);
    if (!one) return;
    this.waiting.delete(id);
    clearTimeout(one.timer);
    const written = writtenOf(answer);
    if ('ok' in written) one.resolve(written);
    else if ('revision' in written) one.resolve(this.unplaced(one.stream, written.revision));
    else one.reject(written.error);
  }

  /** The outcome of appends without an answer is unknown, unless the server does not support such calls at all. */
  private end(error: unknown): void {
    this.isOver = true;
    const failure = failureOf(error);
    const isSure = failure.kind === 'refused' || (failure.kind === 'unknown' && failure.unsent);
    const why = isSure ? error : status(1, 'what' in failure ? failure.what : failure.kind);
    for (const { reject, timer } of this.waiting.values()) {
      clearTimeout(timer);
      reject(why);
    }
    this.waiting.clear();
  }
}

export function batchPath(connection: Connection): AppendPath {
  let begun: Promise<Batch> | undefined;
  const begin = async () =>
    new Batch(await connection.batch(), connection.settings.deadline, (stream, revision) => unplaced(connection, stream, revision));
  return async (append) => {
    for (;;) {
      const current = (begun ??= begin());
      const batch = await current.catch(() => undefined);
      if (batch && !batch.isOver) return batch.send(append);
      // Of those that see it end, one begins the next.
      if (begun === current) begun = undefined;
      await current;
    }
  };
}

function requestOf({ stream, expected, events }: Append, id: string, deadline: number): BatchAppendReq {
  // The client does not export the class of timestamps; deserializing a message creates one.
  const options = BatchAppendReq.Options.deserializeBinary(EMPTY_DEADLINE).setStreamIdentifier(identifier(stream));
  options.getDeadline()?.fromDate(new Date(Date.now() + deadline));
  if (expected === 'none') options.setNoStream(new Empty());
  else options.setStreamPosition(String(expected));
  return new BatchAppendReq()
    .setCorrelationId(uuid(id))
    .setOptions(options)
    .setProposedMessagesList(events.map((event) => filled(new BatchAppendReq.ProposedMessage(), event)))
    .setIsFinal(true);
}

/** Field 6, `deadline`, without content. */
const EMPTY_DEADLINE = new Uint8Array([(6 << 3) | 2, 0]);

/** `revision`: it was stored, and the server does not say where. */
function writtenOf(answer: BatchAppendResp): Written | { readonly revision: number } | { readonly error: unknown } {
  const success = answer.getSuccess();
  const position = positionOr(success?.getPosition()?.getCommitPosition());
  if (success) {
    const version = Number(success.getCurrentRevision());
    return position === undefined ? { revision: version } : { ok: true, version, position };
  }
  const error = answer.getError();
  const details = error?.getDetails();
  const name = details?.getTypeName().replace('event_store.client.', '') ?? '';
  if (name === 'WrongExpectedVersion') {
    const wrong = details?.unpack(WrongExpectedVersion.deserializeBinary, 'event_store.client.WrongExpectedVersion');
    return { ok: false, actual: wrong?.hasCurrentStreamRevision() ? Number(wrong.getCurrentStreamRevision()) : 'none' };
  }
  return { error: status(CODES[name] ?? error?.getCode() ?? 2, error?.getMessage() ?? 'no result', EXCEPTIONS[name]) };
}

const CODES: Readonly<Record<string, number>> = { Timeout: 4, Unknown: 2, AccessDenied: 7, BadRequest: 3 };
const EXCEPTIONS: Readonly<Record<string, string>> = {
  StreamDeleted: 'stream-deleted',
  MaximumAppendSizeExceeded: 'maximum-append-size-exceeded',
  AccessDenied: 'access-denied',
};

/** An error of the shape that calls have. */
function status(code: number, details: string, exception?: string): Error {
  const metadata = { get: (name: string) => (name === 'exception' && exception !== undefined ? [exception] : []) };
  return Object.assign(new Error(details), { code, details, metadata });
}
