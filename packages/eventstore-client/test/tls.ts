import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { join } from 'node:path';
import { createServer } from 'node:tls';

/** Made for these tests, for loopback only: it protects nothing. */
const fixture = (name: string): Buffer => readFileSync(join(__dirname, 'fixtures', name));

/** TLS in front of a server without: `seen` tells how many connections came through. */
export async function withTls(behind: number, body: (port: number, seen: () => number) => Promise<void>): Promise<void> {
  const sockets = new Set<Socket>();
  const options = { cert: fixture('loopback-certificate.pem'), key: fixture('loopback-key.pem'), ALPNProtocols: ['h2'] };
  let seen = 0;
  const server = createServer(options, (outer) => {
    seen++;
    const inner = connect(behind, '127.0.0.1');
    for (const [from, to] of [
      [outer, inner],
      [inner, outer],
    ] as const) {
      sockets.add(from);
      from.on('error', () => to.destroy());
      from.pipe(to);
    }
  });
  server.on('tlsClientError', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    await body((server.address() as AddressInfo).port, () => seen);
  } finally {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  }
}
