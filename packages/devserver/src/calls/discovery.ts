import { randomUUID } from 'node:crypto';
import { PersistentSubscriptionsService } from '@eventstore/db-client/generated/persistent_grpc_pb';
import { ClusterInfo, EndPoint, MemberInfo } from '@eventstore/db-client/generated/gossip_pb';
import { GossipService } from '@eventstore/db-client/generated/gossip_grpc_pb';
import { ServerFeaturesService } from '@eventstore/db-client/generated/serverfeatures_grpc_pb';
import { SupportedMethod, SupportedMethods } from '@eventstore/db-client/generated/serverfeatures_pb';
import { StreamsService } from '@eventstore/db-client/generated/streams_grpc_pb';
import { uuidMessage } from '../wire/uuid';

/** The release whose protocol this is. */
const VERSION = '23.10.0';

/** What clients ask first, to choose how they call. */
export function supportedMethods(): SupportedMethods {
  const answer = new SupportedMethods().setEventStoreServerVersion(VERSION);
  for (const service of [StreamsService, PersistentSubscriptionsService, GossipService, ServerFeaturesService]) {
    for (const { path } of Object.values(service)) {
      const [, name = '', method = ''] = path.toLowerCase().split('/');
      answer.addMethods(new SupportedMethod().setServiceName(name).setMethodName(method).setFeaturesList(featuresOf(name, method)));
    }
  }
  return answer;
}

function featuresOf(service: string, method: string): string[] {
  if (service.endsWith('persistentsubscriptions')) return ['stream', 'all'];
  if (service.endsWith('streams') && method === 'read') return ['position', 'events'];
  return method === 'batchappend' ? ['deadline_duration'] : [];
}

/** A cluster of one node, the leader. */
export class Gossip {
  private readonly instance = randomUUID();

  constructor(
    private readonly host: string,
    private readonly port: () => number,
  ) {}

  read(): ClusterInfo {
    const member = new MemberInfo();
    member.setInstanceId(uuidMessage(this.instance, false));
    member.setTimeStamp(`${Date.now()}0000`);
    member.setState(MemberInfo.VNodeState.LEADER);
    member.setIsAlive(true);
    member.setHttpEndPoint(new EndPoint().setAddress(this.host).setPort(this.port()));
    return new ClusterInfo().setMembersList([member]);
  }
}
