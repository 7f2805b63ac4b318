import { Server, ServerCredentials } from '@grpc/grpc-js';
import type { Store } from '@waybill/core';
import { describe, show, WaybillError } from '@waybill/core';
import type { IGossipServer } from '@eventstore/db-client/generated/gossip_grpc_pb';
import { GossipService } from '@eventstore/db-client/generated/gossip_grpc_pb';
import type { IServerFeaturesServer } from '@eventstore/db-client/generated/serverfeatures_grpc_pb';
import { ServerFeaturesService } from '@eventstore/db-client/generated/serverfeatures_grpc_pb';
import { StreamsService } from '@eventstore/db-client/generated/streams_grpc_pb';
import { Gossip, supportedMethods } from './discovery';
import { Log } from './log';
import { StreamWriter } from './stream-writer';
import { streamsService } from './streams-service';

export interface DevServerOptions {
  /** Stays open when the server stops: who opened it closes it. */
  readonly store: Store;
  /** A loopback address; default 127.0.0.1. */
  readonly host?: string;
  /** Default: a free one. */
  readonly port?: number;
}

export interface DevServer {
  /** Connection string for clients. */
  readonly url: string;
  readonly port: number;
  /** Ends all calls and connections. */
  stop(): Promise<void>;
  /** Drops all connections and listens on the same port again, with the memory of a new process. */
  restart(): Promise<void>;
}

/** Clients send at most 3 MiB at a time, but the largest event that the protocol allows is 16 MiB. */
const MESSAGE = 17 * 1024 * 1024;

/** @throws WaybillError `DEVSERVER_HOST`, `DEVSERVER_LISTEN` */
export async function startDevServer({ store, host = '127.0.0.1', port = 0 }: DevServerOptions): Promise<DevServer> {
  if (!/^(127\.\d{1,3}\.\d{1,3}\.\d{1,3}|localhost|::1)$/.test(host)) {
    const fix = 'use 127.0.0.1; for other machines run a real server';
    throw new WaybillError('DEVSERVER_HOST', `the dev server listens on loopback only, not on ${show(host)}`, fix);
  }
  const server = new Listening(store, host, port);
  await server.start();
  return server;
}

class Listening implements DevServer {
  private readonly log: Log;
  private readonly writer: StreamWriter;
  private readonly gossip: Gossip;
  private server: Server | undefined;

  constructor(
    store: Store,
    private readonly host: string,
    public port: number,
  ) {
    this.log = new Log(store);
    this.writer = new StreamWriter(this.log);
    this.gossip = new Gossip(host, () => this.port);
  }

  get url(): string {
    return `esdb://${this.authority}?tls=false`;
  }

  async start(): Promise<void> {
    const server = new Server({ 'grpc.max_receive_message_length': MESSAGE, 'grpc.max_send_message_length': MESSAGE });
    const features: IServerFeaturesServer = { getSupportedMethods: (_, answer) => answer(null, supportedMethods()) };
    const gossip: IGossipServer = { read: (_, answer) => answer(null, this.gossip.read()) };
    server.addService(StreamsService, streamsService(this.log, this.writer));
    server.addService(ServerFeaturesService, features);
    server.addService(GossipService, gossip);
    this.port = await bound(server, this.authority);
    this.server = server;
  }

  async stop(): Promise<void> {
    this.server?.forceShutdown();
    this.server = undefined;
  }

  async restart(): Promise<void> {
    await this.stop();
    this.log.forget();
    this.writer.forget();
    await this.start();
  }

  private get authority(): string {
    return `${this.host.includes(':') ? `[${this.host}]` : this.host}:${this.port}`;
  }
}

function bound(server: Server, authority: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync(authority, ServerCredentials.createInsecure(), (cause, port) => {
      if (!cause) return resolve(port);
      const what = `nothing can listen on ${authority} (${describe(cause)})`;
      return reject(new WaybillError('DEVSERVER_LISTEN', what, 'give another port, or stop what listens there', { cause }));
    });
  });
}
