import type { AddressInfo, Socket } from 'node:net';
import { createServer } from 'node:net';
import { describe, WaybillError } from '@waybill/core';

/** The port and all connections to it; each can be cut the way a network cuts one. */
export class Connections {
  private readonly open = new Map<string, Socket>();
  private readonly listener;

  /** Hands each new connection to `take`. */
  constructor(take: (socket: Socket) => void) {
    this.listener = createServer((socket) => {
      const peer = `${socket.remoteAddress}:${socket.remotePort}`;
      this.open.set(peer, socket);
      socket.setNoDelay(true);
      socket.on('error', () => undefined); // whoever uses the connection gets the same error
      socket.on('close', () => this.open.delete(peer));
      take(socket);
    });
  }

  /** Resolves to the port. @throws WaybillError `DEVSERVER_LISTEN` */
  listen(host: string, port: number): Promise<number> {
    return new Promise((resolve, reject) => {
      // Also called later, when one connection fails: the others are still served.
      this.listener.on('error', (cause) => {
        const what = `the dev server cannot listen on ${host}:${port} (${describe(cause)})`;
        reject(new WaybillError('DEVSERVER_LISTEN', what, 'choose another port, or stop what listens there', { cause }));
      });
      this.listener.listen(port, host, () => resolve((this.listener.address() as AddressInfo).port));
    });
  }

  /** Cuts the connection from this address, as calls name it. */
  cut(peer: string): void {
    this.open.get(peer)?.resetAndDestroy();
  }

  /** Accepts no new ones. Resolves when the port is free and the last connection is gone. */
  close(): Promise<void> {
    return new Promise((resolve) => this.listener.close(() => resolve()));
  }

  cutAll(): void {
    for (const socket of this.open.values()) socket.resetAndDestroy();
  }
}
