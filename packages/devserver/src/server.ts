import { Server, ServerCredentials, status } from '@grpc/grpc-js';
import { show, WaybillError } from '@waybill/core/store-kit';
import type { Store } from '@waybill/core/store-kit';
import type { IGossipServer } from '@eventstore/db-client/generated/gossip_grpc_pb';
import { GossipService } from '@eventstore/db-client/generated/gossip_grpc_pb';
import type { IServerFeaturesServer } from '@eventstore/db-client/generated/serverfeatures_grpc_pb';
import { ServerFeaturesService } from '@eventstore/db-client/generated/serverfeatures_grpc_pb';
import { Calls } from './calls/calls';
import { Connections } from './calls/connections';
import { Gossip, supportedMethods } from './calls/discovery';
import { Faults } from './calls/faults';
import { Log } from './log/log';
import { Rows } from './log/rows';
import { UnderWay } from './log/under-way';
import { Groups } from './persistent/groups';
import { persistentServer, PersistentSubscriptionsService } from './persistent/service';
import { StreamWriter } from './log/stream-writer';
import { CallError } from './wire/status';
import { streamsServer, StreamsService } from './streams-service';

export interface DevServerOptions {
  /** Stays open when the server stops: whoever opened it closes it. */
  readonly store: Store;
  /** 127.0.0.1 (default), another address of 127.0.0.0/8, or localhost. */
  readonly host?: string;
  /** Default: a free one. */
  readonly port?: number;
  /**
   * How far apart positions are shown; default 1, as the store numbers them. With more, a position that is computed is refused, as on
   * the real server. Always the same for one file.
   */
  readonly positionStep?: number;
  /** Milliseconds after which an append is answered that is being stored already; default 2,000, as on the real server. */
  readonly commitTimeout?: number;
  /** How many calls one connection may hold; default: any number. The real server allows 100. */
  readonly callsPerConnection?: number;
}

export interface DevServer {
  /** Connection string for clients. */
  readonly url: string;
  readonly port: number;
  /** For tests only. */
  readonly faults: Faults;
  /** Ends all calls and connections. */
  stop(): Promise<void>;
  /** Drops all connections and listens on the same port again, with the memory of a new process. */
  restart(): Promise<void>;
}

/** Clients send at most 3 MiB at a time, but the largest event that the protocol allows is 16 MiB. */
const MESSAGE = 17 * 1024 * 1024;

/** @throws WaybillError `DEVSERVER_HOST`, `DEVSERVER_LISTEN` */
export async function startDevServer(options: DevServerOptions): Promise<DevServer> {
  const { host = '127.0.0.1' } = options;
  if (!/^(127\.\d{1,3}\.\d{1,3}\.\d{1,3}|localhost)$/.test(host)) {
    const fix = 'use 127.0.0.1; for other machines run a real server';
    throw new WaybillError('DEVSERVER_HOST', `the dev server listens on loopback only, not on ${show(host)}`, fix);
  }
  const server = new Listening(options, host);
  await server.start();
  return server;
}

/** Milliseconds that answers have to be sent when the server stops. */
const GRACE = 1_000;

class Listening implements DevServer {
  readonly faults = new Faults();
  private readonly calls = new Calls(this.faults, (peer) => this.connections?.cut(peer));
  private readonly log: Log;
  private readonly writer: StreamWriter;
  private readonly groups: Groups;
  private readonly gossip: Gossip;
  private server: Server | undefined;
  private connections: Connections | undefined;

  public port: number;

  constructor(
    private readonly options: DevServerOptions,
    private readonly host: string,
  ) {
    this.port = options.port ?? 0;
    this.log = new Log(new Rows(options.store, options.positionStep ?? 1));
    this.writer = new StreamWriter(this.log, new UnderWay(options.commitTimeout));
    this.groups = new Groups(this.log, this.writer);
    this.gossip = new Gossip(host, () => this.port);
  }

  get url(): string {
    return `esdb://${this.host}:${this.port}?tls=false`;
  }

  async start(): Promise<void> {
    const server = new Server({
      'grpc.max_receive_message_length': MESSAGE,
      'grpc.max_send_message_length': MESSAGE,
      'grpc.enable_channelz': 0,
      ...(this.options.callsPerConnection && { 'grpc.max_concurrent_streams': this.options.callsPerConnection }),
    });
    server.addService(StreamsService, streamsServer(this.log, this.writer, this.calls));
    server.addService(PersistentSubscriptionsService, persistentServer(this.groups, this.calls));
    server.addService(ServerFeaturesService, this.features());
    server.addService(GossipService, this.gossiping());
    const injector = server.createConnectionInjector(ServerCredentials.createInsecure());
    const connections = new Connections((socket) => injector.injectConnection(socket));
    this.port = await connections.listen(this.host, this.port);
    this.server = server;
    this.connections = connections;
  }

  async stop(): Promise<void> {
    const { server, connections } = this;
    if (!server || !connections) return;
    this.server = undefined;
    const closed = connections.close();
    await this.groups.stop(() => new CallError(status.UNAVAILABLE, 'the server is stopping'));
    await this.calls.settle();
    await withinGrace((done) => server.tryShutdown(done));
    connections.cutAll();
    server.forceShutdown();
    await closed;
  }

  async restart(): Promise<void> {
    this.connections?.cutAll();
    await this.stop();
    this.log.forget();
    this.writer.forget();
    await this.start();
  }

  private features(): IServerFeaturesServer {
    return {
      getSupportedMethods: (call, answer) => this.calls.unary('features', call, answer, async () => supportedMethods()),
    };
  }

  private gossiping(): IGossipServer {
    return { read: (call, answer) => this.calls.unary('gossip', call, answer, async () => this.gossip.read()) };
  }
}

function withinGrace(action: (done: () => void) => void): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, GRACE);
    action(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}
