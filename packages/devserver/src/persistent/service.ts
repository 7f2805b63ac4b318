import { randomUUID } from 'node:crypto';
import type { ServerDuplexStream, ServiceDefinition } from '@grpc/grpc-js';
import type { IPersistentSubscriptionsServer } from '@eventstore/db-client/generated/persistent_grpc_pb';
import { PersistentSubscriptionsService as Stubs } from '@eventstore/db-client/generated/persistent_grpc_pb';
import * as pb from '@eventstore/db-client/generated/persistent_pb';
import { Empty } from '@eventstore/db-client/generated/shared_pb';
import type { UUID } from '@eventstore/db-client/generated/shared_pb';
import type { Calls } from '../calls/calls';
import type { Outflow } from '../calls/outflow';
import { numberOf, streamOf } from '../wire/read-request';
import { invalid } from '../wire/status';
import { uuidOf } from '../wire/uuid';
import { Consumer } from './consumers';
import type { NackAction } from './deliveries';
import { dropped, subscribersReached } from './errors';
import type { Groups } from './groups';
import { incoming } from './incoming';
import { infoOf } from './info';
import { ALL, groupKey, groupSpec } from './requests';

/** The stubs, except that events are already serialized when gRPC gets them. */
export const PersistentSubscriptionsService: ServiceDefinition<IPersistentSubscriptionsServer> = {
  ...Stubs,
  read: {
    ...Stubs.read,
    responseSerialize: (answer: pb.ReadResp | Buffer) => (Buffer.isBuffer(answer) ? answer : Stubs.read.responseSerialize(answer)),
  },
};

type ReadCall = ServerDuplexStream<pb.ReadReq, pb.ReadResp>;
type ReadOutflow = Outflow<pb.ReadReq, pb.ReadResp>;

const KIND = 'persistent';

export function persistentServer(groups: Groups, calls: Calls): IPersistentSubscriptionsServer {
  return {
    create: (call, answer) =>
      calls.unary(KIND, call, answer, async () => {
        await groups.create(groupSpec(call.request.getOptions()));
        return new pb.CreateResp();
      }),
    update: (call, answer) =>
      calls.unary(KIND, call, answer, async () => {
        await groups.update(groupSpec(call.request.getOptions()));
        return new pb.UpdateResp();
      }),
    delete: (call, answer) =>
      calls.unary(KIND, call, answer, async () => {
        await groups.delete(groupKey(call.request.getOptions()));
        return new pb.DeleteResp();
      }),
    read: (call) => calls.stream(KIND, call, (out) => consume(groups, call, out)),
    getInfo: (call, answer) =>
      calls.unary(KIND, call, answer, async () => {
        const group = await groups.get(groupKey(call.request.getOptions()));
        return new pb.GetInfoResp().setSubscriptionInfo(await infoOf(group));
      }),
    replayParked: (call, answer) =>
      calls.unary(KIND, call, answer, async () => {
        const options = call.request.getOptions();
        const group = await groups.get(groupKey(options));
        await group.replay(options?.hasStopAt() ? numberOf(options.getStopAt()) : undefined);
        return new pb.ReplayParkedResp();
      }),
    list: (call, answer) => calls.unary(KIND, call, answer, () => list(groups, call.request)),
    restartSubsystem: (call, answer) =>
      calls.unary(KIND, call, answer, async () => {
        await groups.stop(dropped);
        return new Empty();
      }),
  };
}

async function list(groups: Groups, request: pb.ListReq): Promise<pb.ListResp> {
  const one = request.getOptions()?.getListForStream();
  const stream = one && (one.hasAll() ? ALL : streamOf(one.getStream()?.getStreamName_asU8()));
  const wanted = (await groups.list()).filter(({ spec }) => stream === undefined || spec.stream === stream);
  return new pb.ListResp().setSubscriptionsList(await Promise.all(wanted.map(infoOf)));
}

/** The client's first message says what it wants to consume; the following ones are its answers. */
async function consume(groups: Groups, call: ReadCall, out: ReadOutflow): Promise<void> {
  const requests = incoming(call, out);
  const first = await requests.next();
  if (first.done) return;
  const options = first.value.getOptions();
  if (!options) throw invalid('a consumer has to send its options first');
  const group = await groups.get(groupKey(options));
  const { maxSubscribers } = group.spec.settings;
  if (maxSubscribers > 0 && group.deliveries.consumers.length >= maxSubscribers) throw subscribersReached(group.spec);
  const name = String(call.metadata.get('connection-name')[0] ?? '<unknown>');
  const structured = options.getUuidOption()?.hasString() !== true;
  const consumer = new Consumer(out, call.getPeer(), name, Math.max(1, options.getBufferSize()), structured);
  const id = `${group.spec.stream}::${group.spec.group}-${randomUUID()}`;
  await out.write(new pb.ReadResp().setSubscriptionConfirmation(new pb.ReadResp.SubscriptionConfirmation().setSubscriptionId(id)));
  group.join(consumer);
  try {
    for await (const request of requests) {
      const [ack, nack] = [request.getAck(), request.getNack()];
      if (ack) group.deliveries.ack(consumer, idsOf(ack.getIdsList()));
      if (nack) group.deliveries.nack(consumer, idsOf(nack.getIdsList()), actionOf(nack.getAction()), nack.getReason());
    }
  } finally {
    group.deliveries.leave(consumer);
  }
}

/** @throws CallError INVALID_ARGUMENT */
function idsOf(sent: readonly UUID[]): string[] {
  return sent.map((id) => uuidOf(id, 'id of a message'));
}

function actionOf(action: pb.ReadReq.Nack.Action): NackAction {
  return (['retry', 'park', 'retry', 'skip', 'stop'] as const)[action] ?? 'retry';
}
