import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { inspect } from 'node:util';
import type { Notice } from '@waybill/eventstore-client';
import { eventStore } from '@waybill/eventstore-client';
import { DEADLINE, withDeadlines } from '../../../test/deadlines';
import { readConnectionString } from '../dist/connection/connection-string';
import { errorOf, withServer } from './kit';
import { withTls } from './tls';

const CANARY = 'c4n4ry';
const certificate = join(__dirname, 'fixtures', 'loopback-certificate.pem');

/** Everything that an error, or whatever else, would show to anybody. */
function shownBy(value: unknown): string {
  const texts = [inspect(value, { depth: Infinity, showHidden: true, getters: true }), String(value)];
  for (let error = value; error instanceof Error; error = error.cause) texts.push(error.message, error.stack ?? '', JSON.stringify(error));
  return texts.join('\n');
}

/** What `body` prints, by whatever way. */
async function printedBy(body: () => Promise<void>): Promise<string> {
  const printed: string[] = [];
  const keep = (...args: unknown[]) => void printed.push(args.map((arg) => (typeof arg === 'string' ? arg : inspect(arg))).join(' '));
  const spies = [
    ...(['log', 'info', 'warn', 'error', 'debug', 'trace'] as const).map((method) => jest.spyOn(console, method).mockImplementation(keep)),
    jest.spyOn(process.stdout, 'write').mockImplementation((text) => (keep(String(text)), true)),
    jest.spyOn(process.stderr, 'write').mockImplementation((text) => (keep(String(text)), true)),
  ];
  try {
    await body();
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
  return printed.join('\n');
}

describe('a connection string that cannot be used is refused with a code before anything is sent, and no part of it is shown', () => {
  const bad: readonly (readonly [what: string, text: string, says: RegExp])[] = [
    ['nothing', '', /does not begin with/],
    ['another scheme', `postgres://admin:${CANARY}@localhost`, /not percent-encoded|does not begin/],
    ['a scheme alone', 'esdb://', /host 1 of 1 is not a host/],
    ['no scheme', `admin:${CANARY}@localhost:2113`, /does not begin with/],
    ['an unknown option', `esdb://admin:${CANARY}@localhost?tsl=true`, /option 1 is not one of the known ones/],
    ['an unknown option that holds a secret', `esdb://localhost?tls=true&password=${CANARY}`, /option 2 is not one of the known ones/],
    ['an unknown option whose name is a secret', `esdb://localhost?${CANARY}=1`, /option 1 is not one of the known ones/],
    ['an option without a value', `esdb://admin:${CANARY}@localhost?tls`, /tls has no value/],
    ['an option twice', `esdb://admin:${CANARY}@localhost?tls=true&TLS=true`, /tls is given twice/],
    ['a flag that is none', `esdb://admin:${CANARY}@localhost?tls=${CANARY}`, /tls is neither true nor false/],
    ['certificates that are not checked', `esdb://admin:${CANARY}@localhost?tlsVerifyCert=false`, /tlsVerifyCert=false does nothing/],
    ['a number that is none', `esdb://localhost?defaultDeadline=${CANARY}`, /defaultDeadline is not a whole number/],
    ['a deadline of 0', 'esdb://localhost?defaultDeadline=0', /defaultDeadline is not a whole number of at least 1/],
    ['a keep-alive that servers cut', 'esdb://localhost?keepAliveInterval=100', /below the 10000/],
    ['a follower', 'esdb://localhost?nodePreference=follower', /nodePreference is not leader/],
    ['a connection name that is no header', 'esdb://localhost?connectionName=%0A', /connectionName is not printable/],
    ['a port of letters', `esdb://admin:${CANARY}@localhost:21x3`, /port of host 1 of 1 is not a number/],
    ['a password without a host', `esdb://admin:${CANARY}`, /port of host 1 of 1 is not a number/],
    ['a port of 0', `esdb://admin:${CANARY}@localhost:0`, /port of host 1 of 1/],
    ['a port of 65536', `esdb://admin:${CANARY}@localhost:65536`, /port of host 1 of 1/],
    ['a port that is missing', `esdb://admin:${CANARY}@localhost:`, /port of host 1 of 1/],
    ['the second port of three', `esdb://admin:${CANARY}@a:1,b:x,c:3`, /port of host 2 of 3/],
    ['a host twice', `esdb://admin:${CANARY}@a,b,a`, /a host is listed twice/],
    ['an empty host', `esdb://admin:${CANARY}@a,,c`, /host 2 of 3 is not a host/],
    ['two names to discover', `esdb+discover://admin:${CANARY}@a,b`, /one DNS name/],
    ['an @ in the password', `esdb://admin:${CANARY}@x@localhost`, /an @ in the user or password/],
    ['a : in the password', `esdb://admin:${CANARY}:x@localhost`, /a : in the user or password/],
    ['a / in the password', `esdb://admin:${CANARY}/x@localhost`, /not percent-encoded/],
    ['a ? in the password', `esdb://admin:x?${CANARY}=x@localhost`, /an @ after the host/],
    ['a # in the password', `esdb://admin:${CANARY}#x@localhost`, /not percent-encoded/],
    ['a % in the password', `esdb://admin:${CANARY}%zz@localhost`, /% that does not begin a percent-encoding/],
    ['a user without a password', `esdb://${CANARY}@localhost`, /user or password is missing/],
    ['clear text to another machine', `esdb://admin:${CANARY}@db.example:2113?tls=false`, /allowInsecure/],
    ['clear text to one of several machines', `esdb://admin:${CANARY}@127.0.0.1,db.example?tls=false`, /allowInsecure/],
    ['a name that only looks like loopback', `esdb://127.0.0.1.example?tls=false`, /allowInsecure/],
    ['a certificate that is not there', `esdb://admin:${CANARY}@localhost?tlsCAFile=/${CANARY}.pem`, /file of tlsCAFile cannot be read/],
    ['a certificate without its key', `esdb://localhost?userCertFile=${encodeURIComponent(certificate)}`, /one is missing/],
  ];
  test.each(bad)('%s', async (_, text, says) => {
    let error: (Error & { code?: string }) | undefined;
    const printed = await printedBy(async () => {
      error = await errorOf(() => eventStore(text));
    });
    expect(error).toMatchObject({ code: 'STORE_CONNECTION_STRING', message: expect.stringMatching(says) as string });
    expect(shownBy(error) + printed).not.toContain(CANARY);
    expect(printed).toBe('');
  });

  test('all problems of one string are told together', async () => {
    const { message } = await errorOf(() => eventStore(`esdb://a:${CANARY}:@x:99999?tls=maybe&a=b`));
    for (const problem of ['a : in', 'port of host 1', 'tls is neither', 'option 2 is not one of']) expect(message).toContain(problem);
  });

  test('an option of the call that is wrong is refused, all together', async () => {
    const options = { path: 'fast', deadline: 0, lagg: 1, maxInFlight: 1.5 } as object;
    const { message } = await errorOf(() => eventStore('esdb://localhost', options));
    expect(message).toMatch(/^STORE_OPTIONS: .*"path".*"deadline".*"lagg" is not an option.*"maxInFlight"/);
  });
});

describe('a connection string is read as the documentation of EventStoreDB has it', () => {
  const good: readonly (readonly [text: string, expected: object])[] = [
    ['esdb://localhost', { hosts: [{ address: 'localhost', port: 2113 }], discover: false, tls: true }],
    ['  esdb://localhost:1113/  ', { hosts: [{ address: 'localhost', port: 1113 }] }],
    ['kurrentdb://[::1]:2113?tls=false', { hosts: [{ address: '[::1]', port: 2113 }], tls: false }],
    ['esdb://a:1,b,c:3', { hosts: ['a:1', 'b:2113', 'c:3'].map((at) => ({ address: at.slice(0, 1), port: Number(at.slice(2)) })) }],
    ['esdb+discover://cluster.example:2113', { discover: true, hosts: [{ address: 'cluster.example', port: 2113 }] }],
    ['esdb://localhost/?TLS=False&Default-Deadline=5&gossip_timeout=3', { tls: false, deadline: 5, settings: { gossipTimeout: 3 } }],
  ];
  test.each(good)('%s', (text, expected) => {
    expect(readConnectionString(text, false)).toMatchObject(expected);
  });

  test('user and password are decoded, and not kept where nothing would protect them', () => {
    const { credentials } = readConnectionString('esdb://ad%40min:p%3Aa%2Fs%25s@localhost', false).secrets();
    expect(credentials).toEqual({ username: 'ad@min', password: 'p:a/s%s' });
    expect(readConnectionString('esdb://admin:changeit@localhost?tls=false', false).secrets().credentials).toBeUndefined();
  });

  test('clear text to another machine is allowed where it is asked for', () => {
    expect(readConnectionString('esdb://db.example?tls=false', true)).toMatchObject({ tls: false });
  });
});

describe('no secret is shown by what cannot be reached', () => {
  /** A server that is silent leaves every call to its deadline. */
  const unreachable = (text: string, says: RegExp, isSilent = false) =>
    withDeadlines(async ({ awaits, pass, endAfter }) => {
      const notices: unknown[] = [];
      const end = endAfter(2);
      const onNotice = (notice: Notice): void => {
        notices.push(notice);
        if (!isSilent) end(notice);
      };
      let error: unknown;
      const printed = await printedBy(async () => {
        const opened = errorOf(() => eventStore(text, { deadline: DEADLINE, onNotice })).then((failed) => (error = failed));
        while (isSilent && error === undefined) {
          if (awaits(DEADLINE)) pass();
          await new Promise(setImmediate);
        }
        await opened;
      });
      expect(error).toMatchObject({ code: 'STORE_UNAVAILABLE', message: expect.stringMatching(says) as string });
      expect(shownBy(error) + shownBy(notices) + printed).not.toContain(CANARY);
    });

  test('a port where nobody listens', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    await unreachable(`esdb://admin:${CANARY}@127.0.0.1:${port}`, new RegExp(`127.0.0.1:${port} does not answer`));
    await unreachable(`esdb://admin:${CANARY}@127.0.0.1:${port},localhost:${port}`, /does not answer/);
  });

  test('a server that accepts and never answers', async () => {
    const server = createServer(() => undefined).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const sockets: { destroy(): void }[] = [];
    server.on('connection', (socket) => sockets.push(socket));
    const { port } = server.address() as AddressInfo;
    for (const options of ['', '?tls=false'])
      await unreachable(`esdb://admin:${CANARY}@127.0.0.1:${port}${options}`, /does not answer/, true);
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });

  test('a certificate that nobody vouches for, and a server without TLS', async () => {
    await withServer(({ server }) =>
      withTls(server.port, async (port) => {
        await unreachable(`esdb://admin:${CANARY}@127.0.0.1:${port}`, /certificate/);
        await unreachable(`esdb://admin:${CANARY}@127.0.0.1:${server.port}`, /tls=false for a server without TLS/);
      }),
    );
  });
});

test('over TLS with a certificate of its own a store works, and neither it nor what it raises shows the password', async () => {
  await withServer(({ server }) =>
    withTls(server.port, async (port, seen) => {
      const url = `esdb://admin:${CANARY}@localhost:${port}?tlsCAFile=${encodeURIComponent(certificate)}`;
      const printed = await printedBy(async () => {
        const store = await eventStore(url);
        expect(await store.head()).toBe(0);
        expect(shownBy(store)).not.toContain(CANARY);
        await store.close();
        expect(shownBy(await errorOf(() => store.head()))).not.toContain(CANARY);
      });
      expect(printed).not.toContain(CANARY);
      expect(seen()).toBeGreaterThan(0);
    }),
  );
});
