import { EventStoreDBClient } from '@eventstore/db-client';
import { StreamsClient } from '@eventstore/db-client/generated/streams_grpc_pb';
import type { AppendReq, AppendResp, BatchAppendReq, ReadReq } from '@eventstore/db-client/generated/streams_pb';
import type { Target } from './connection-string';

export type ReadCall = ReturnType<StreamsClient['read']>;
export type BatchCall = ReturnType<StreamsClient['batchAppend']>;

/** So the errors of calls that were never begun look like the others. */
function gone(): Error {
  return Object.assign(new Error('the connection was given up'), { code: 14, details: 'the connection was given up' });
}

/**
 * The client, with its connections, discovery of leaders and credentials, and calls that carry our own messages. None of
 * these calls asks the server for its features first, which would have no deadline.
 */
export class Wire extends EventStoreDBClient {
  private readonly clients = new Set<StreamsClient>();
  private isGone = false;

  constructor({ hosts, discover, tls, secrets }: Target, settings: Readonly<Record<string, number | string>>) {
    const { credentials, ...certificates } = secrets();
    const [host] = hosts;
    const where = discover ? { discover: host! } : hosts.length > 1 ? { endpoints: [...hosts] } : { endpoint: host! };
    const options = { ...settings, ...where };
    super(options as ConstructorParameters<typeof EventStoreDBClient>[0], { insecure: !tls, ...certificates }, credentials);
    // The client does not wait for it, and it throws on an answer without the leader's address.
    const handle = this.handleError;
    this.handleError = (client, error) => handle(client, error).catch(() => undefined);
  }

  /** One append in a call of its own. */
  append(requests: readonly AppendReq[], deadline: number): Promise<AppendResp> {
    return this.execute(StreamsClient, 'append', (client) => {
      this.mustStay(client);
      return new Promise<AppendResp>((resolve, reject) => {
        const call = client.append(...this.callArguments({ requiresLeader: true, deadline }), (error, answer) =>
          error ? reject(error) : resolve(answer),
        );
        call.on('error', reject);
        for (const request of requests) call.write(request);
        call.end();
      });
    });
  }

  read(request: ReadReq): Promise<ReadCall> {
    return this.GRPCStreamCreator(StreamsClient, 'read', (client: StreamsClient) => {
      this.mustStay(client);
      return client.read(request, ...this.endless());
    })();
  }

  batch(): Promise<BatchCall> {
    return this.GRPCStreamCreator(StreamsClient, 'batchAppend', (client: StreamsClient) => {
      this.mustStay(client);
      return client.batchAppend(...this.endless());
    })();
  }

  /** Begins nothing more; what is under way goes on. */
  letGo(): void {
    this.isGone = true;
    for (const client of this.clients) client.close();
    this.clients.clear();
  }

  private endless() {
    return this.callArguments({ requiresLeader: true }, { deadline: Infinity });
  }

  private mustStay(client: StreamsClient): void {
    if (this.isGone) {
      client.close();
      throw gone();
    }
    this.clients.add(client);
  }
}

export type { AppendReq, AppendResp, BatchAppendReq };
