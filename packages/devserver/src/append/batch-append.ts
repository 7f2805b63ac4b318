import { Empty } from 'google-protobuf/google/protobuf/empty_pb';
import type { ServerDuplexStream } from '@grpc/grpc-js';
import { status } from '@grpc/grpc-js';
import { AllStreamPosition } from '@eventstore/db-client/generated/shared_pb';
import type { Status } from '@eventstore/db-client/generated/status_pb';
import type { BatchAppendReq } from '@eventstore/db-client/generated/streams_pb';
import { BatchAppendResp } from '@eventstore/db-client/generated/streams_pb';
import type { Calls } from '../calls/calls';
import { streamIdentifier } from '../wire/messages';
import type { Outflow } from '../calls/outflow';
import type { CallError } from '../wire/status';
import { BadContent, callError, invalid } from '../wire/status';
import type { Expectation, Outcome } from '../log/outcome';
import type { StreamWriter } from '../log/stream-writer';
import { uuidOf } from '../wire/uuid';
import { expectationOf, MAX_APPEND, Proposal, writableStream } from './append-request';
import { badRequestStatus, deletedStatus, deniedStatus, timeoutStatus, tooLargeStatus, wrongVersionStatus } from './batch-status';

type BatchCall = ServerDuplexStream<BatchAppendReq, BatchAppendResp>;
type BatchOutflow = Outflow<BatchAppendReq, BatchAppendResp>;

/** An append whose events come in several messages. */
interface Begun {
  readonly stream: string;
  readonly expected: Expectation;
  readonly proposal: Proposal;
  /** After it, nothing of the append is stored. */
  readonly deadline: number;
}

/** Appends to many streams in one call, each answered on its own under the id that the client gave it. */
export class BatchAppend {
  private readonly begun = new Map<string, Begun>();
  private readonly running = new Set<Promise<void>>();

  constructor(
    private readonly writer: StreamWriter,
    private readonly calls: Calls,
    private readonly call: BatchCall,
    private readonly out: BatchOutflow,
  ) {}

  /** Runs until the client has ended its side and has every answer, or has gone. */
  async run(): Promise<void> {
    this.call.on('data', (request: BatchAppendReq) => {
      const done = this.take(request)
        .catch((error: unknown) => this.refuse(request, callError(error)))
        .finally(() => this.running.delete(done));
      this.running.add(done);
    });
    await new Promise<void>((resolve) => {
      this.call.on('end', resolve);
      this.out.signal.addEventListener('abort', () => resolve(), { once: true });
    });
    await Promise.all(this.running);
  }

  private async take(request: BatchAppendReq): Promise<void> {
    const id = uuidOf(request.getCorrelationId(), 'correlation id');
    const options = request.getOptions();
    if (options && !this.begun.has(id)) this.begun.set(id, begin(options));
    const one = this.begun.get(id);
    if (!one) return;
    for (const message of request.getProposedMessagesList()) one.proposal.add(message);
    if (!request.getIsFinal()) return;
    this.begun.delete(id);
    if (one.deadline <= Date.now()) return this.answer(request, one.stream, timeoutStatus());
    const met = this.calls.meet('batchAppend', this.call);
    await met.before(this.out.signal);
    const outcome = await this.writer.append(one.stream, one.expected, one.proposal.events);
    await met.after(this.out.signal);
    await this.answer(request, one.stream, outcomeOf(one, outcome));
  }

  /** An error of one append is that append's answer; an error of the server ends the call. */
  private async refuse(request: BatchAppendReq, error: CallError): Promise<void> {
    const id = request.getCorrelationId()?.getString().toLowerCase() ?? '';
    const name = request.getOptions()?.getStreamIdentifier()?.getStreamName_asU8();
    const stream = this.begun.get(id)?.stream ?? Buffer.from(name ?? []).toString();
    this.begun.delete(id);
    if (error.code === status.DEADLINE_EXCEEDED) return this.answer(request, stream, timeoutStatus());
    if (error.code === status.PERMISSION_DENIED) return this.answer(request, stream, deniedStatus());
    if (error.code !== status.INVALID_ARGUMENT && !(error instanceof BadContent)) return this.out.fail(error);
    const size = error.metadata.get('maximum-append-size')[0];
    return this.answer(request, stream, size === undefined ? badRequestStatus(error.details) : tooLargeStatus(MAX_APPEND));
  }

  private async answer(request: BatchAppendReq, stream: string, result: Status | BatchAppendResp.Success): Promise<void> {
    const response = new BatchAppendResp().setCorrelationId(request.getCorrelationId()).setStreamIdentifier(streamIdentifier(stream));
    if (result instanceof BatchAppendResp.Success) response.setSuccess(result);
    else response.setError(result);
    await this.out.write(response);
  }
}

function begin(options: BatchAppendReq.Options): Begun {
  if (!options.hasStreamIdentifier()) throw invalid('Required field StreamIdentifier not set.');
  return {
    stream: writableStream(options.getStreamIdentifier()?.getStreamName_asU8()),
    expected: expectationOf(options, options.hasStreamPosition() ? options.getStreamPosition() : undefined),
    proposal: new Proposal(),
    deadline: options.getDeadline()?.toDate().getTime() ?? Infinity,
  };
}

function outcomeOf({ stream, expected }: Begun, outcome: Outcome): Status | BatchAppendResp.Success {
  if (outcome.kind === 'deleted') return deletedStatus(stream);
  if (outcome.kind === 'late') return timeoutStatus();
  if (outcome.kind === 'wrong') return wrongVersionStatus(expected, outcome.actual);
  const success = new BatchAppendResp.Success();
  if (outcome.version === 'none') success.setNoStream(new Empty());
  else success.setCurrentRevision(String(outcome.version));
  if (outcome.position === undefined) return success.setNoPosition(new Empty());
  const position = String(outcome.position);
  return success.setPosition(new AllStreamPosition().setCommitPosition(position).setPreparePosition(position));
}
