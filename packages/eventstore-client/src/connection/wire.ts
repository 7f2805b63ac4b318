import { EventStoreDBClient } from '@eventstore/db-client';
import { StreamsClient } from '@eventstore/db-client/generated/streams_grpc_pb';
import type { AppendReq, AppendResp, BatchAppendReq, ReadReq } from '@eventstore/db-client/generated/streams_pb';
import type { Target } from './connection-string';

export type ReadCall = ReturnType<StreamsClient['read']>;
export type BatchCall = ReturnType<StreamsClient['batchAppend']>;

/** Has the shape of other call errors, for calls that were never begun. */
function givenUp(): Error {
  return Object.assign(new Error('the connection was given up'), { code: 14, details: 'the connection was given up' });
}

/**
 * The client with its connections, leader discovery and credentials, and with calls that carry our own messages. None of these
 * calls asks the server for its features first, since that request has no deadline.
 */
export class Wire extends EventStoreDBClient {
  private readonly clients = new Set<StreamsClient>();
  private isRetired = false;

  constructor({ hosts, discover, tls, secrets }: Target, settings: Readonly<Record<string, number | string>>) {
    const { credentials, ...certificates } = secrets();
    const [host] = hosts;
    const where = discover ? { discover: host! } : hosts.length > 1 ? { endpoints: [...hosts] } : { endpoint: host! };
    const options = { ...settings, ...where };
    super(options as ConstructorParameters<typeof EventStoreDBClient>[0], { insecure: !tls, ...certificates }, credentials);
    // The client does not await it, and it rejects on an answer without the leader's address.
    const handle = this.handleError;
    this.handleError = (client, error) => handle(client, error).catch(() => undefined);
  }

  /** One append in its own call. */
  append(requests: readonly AppendReq[], deadline: number): Promise<AppendResp> {
    return this.execute(StreamsClient, 'append', (client) => {
      this.register(client);
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
      this.register(client);
      return client.read(request, ...this.endless());
    })();
  }

  batch(): Promise<BatchCall> {
    return this.GRPCStreamCreator(StreamsClient, 'batchAppend', (client: StreamsClient) => {
      this.register(client);
      return client.batchAppend(...this.endless());
    })();
  }

  /** Begins no more calls; those in flight go on. */
  retire(): void {
    this.isRetired = true;
    for (const client of this.clients) client.close();
    this.clients.clear();
  }

  private endless() {
    return this.callArguments({ requiresLeader: true }, { deadline: Infinity });
  }

  private register(client: StreamsClient): void {
    if (this.isRetired) {
      client.close();
      throw givenUp();
    }
    this.clients.add(client);
  }
}

export type { AppendReq, AppendResp, BatchAppendReq };
