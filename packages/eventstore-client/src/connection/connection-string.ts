import { WaybillError } from '@waybill/core';
import { Options } from './connection-options';

interface Host {
  readonly address: string;
  readonly port: number;
}

/**
 * What a connection string says. Credentials and keys are only in `secrets`, a function, so that inspecting the object does not
 * show them.
 */
export interface Target {
  readonly hosts: readonly Host[];
  /** Ask DNS for the members of the cluster. */
  readonly discover: boolean;
  readonly tls: boolean;
  readonly deadline: number | undefined;
  /** Passed on to the client. */
  readonly settings: Readonly<Record<string, number | string>>;
  readonly secrets: () => Secrets;
}

interface Secrets {
  readonly credentials: { readonly username: string; readonly password: string } | undefined;
  readonly rootCertificate?: Buffer;
  readonly userCertFile?: Buffer;
  readonly userKeyFile?: Buffer;
}

const SCHEMES: ReadonlyMap<string, boolean> = new Map([
  ['esdb', false],
  ['esdb+discover', true],
  ['kurrentdb', false],
  ['kurrentdb+discover', true],
]);

const SHAPE =
  'write esdb://user:password@host:2113?tls=true, or esdb://host,host,host for a cluster; percent-encode @ : / ? # & in user and password';

/**
 * The connection string is parsed here and not by the client, which on an unknown option prints all of it, password included,
 * and reads a password with `@` or `:` wrongly. No message here holds any part of the string.
 * @throws WaybillError `STORE_CONNECTION_STRING`, naming every problem
 */
export function readConnectionString(text: string, allowInsecure: boolean): Target {
  const [, scheme = '', authority = '', search] = /^([a-z+]+):\/\/([^/?#]*)\/*(?:\?([^#]*))?$/i.exec(String(text).trim()) ?? [];
  const discover = SCHEMES.get(scheme.toLowerCase());
  if (discover === undefined) throw wrong([unread(String(text))]);
  const problems: string[] = [];
  const at = authority.lastIndexOf('@');
  const credentials = at < 0 ? undefined : credentialsOf(authority.slice(0, at), problems);
  if (search?.includes('@')) problems.push('there is an @ after the host: a character of the password is not percent-encoded');
  const hosts = hostsOf(authority.slice(at + 1), discover, problems);
  const options = new Options(search, problems);
  const tls = options.flag('tls') ?? true;
  options.refuseIneffective();
  if (!tls && !allowInsecure && !hosts.every(isLoopback))
    problems.push('tls=false to a host that is not loopback sends everything in clear text; allowInsecure is not set');
  const deadline = options.number('defaultDeadline', 1);
  const settings = options.settings();
  const files = { ...options.file('tlsCAFile', 'rootCertificate'), ...options.certificate() };
  if (problems.length > 0) throw wrong(problems);
  const secrets = { credentials: tls ? credentials : undefined, ...files };
  return { hosts, discover, tls, deadline, settings, secrets: () => secrets };
}

/** Where the store is, for messages. */
export function placeOf({ hosts, discover }: Pick<Target, 'hosts' | 'discover'>): string {
  return `${discover ? 'the cluster at ' : ''}${hosts.map(({ address, port }) => `${address}:${port}`).join(', ')}`;
}

function unread(text: string): string {
  if (/^[a-z+]+:\/\//i.test(text.trim()) && /@/.test(text)) return 'a character of the user or password is not percent-encoded';
  return `it does not begin with ${[...SCHEMES.keys()].map((scheme) => `${scheme}://`).join(', ')}, or is cut off`;
}

function credentialsOf(text: string, problems: string[]): { username: string; password: string } | undefined {
  const parts = text.split(':');
  if (text.includes('@')) problems.push('an @ in the user or password is not percent-encoded (%40)');
  if (parts.length > 2) problems.push('a : in the user or password is not percent-encoded (%3A)');
  if (parts.length < 2 || parts.some((part) => part === '')) problems.push('user or password is missing before the @');
  try {
    const [username = '', password = ''] = parts.map(decodeURIComponent);
    return { username, password };
  } catch {
    problems.push('user or password has a % that does not begin a percent-encoding (write %25)');
    return undefined;
  }
}

function hostsOf(text: string, discover: boolean, problems: string[]): Host[] {
  const parts = text.split(',');
  const hosts = parts.map((part, i) => hostOf(part.trim(), `host ${i + 1} of ${parts.length}`, problems));
  if (discover && parts.length > 1) problems.push('discovery takes the one DNS name of the cluster, not several hosts');
  if (new Set(hosts.map(({ address, port }) => `${address}:${port}`)).size < hosts.length) problems.push('a host is listed twice');
  return hosts;
}

function hostOf(text: string, which: string, problems: string[]): Host {
  const [, address = '', , port] = /^(\[[0-9a-f:.]+\]|[^:[\]]*)(:(.*))?$/is.exec(text) ?? [];
  if (!/^(\[.+\]|[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?\.?)$/i.test(address)) problems.push(`${which} is not a host name or address`);
  const number = port === undefined ? 2113 : /^\d{1,5}$/.test(port) ? Number(port) : 0;
  if (number < 1 || number > 65_535) problems.push(`the port of ${which} is not a number from 1 to 65535`);
  return { address: address.toLowerCase(), port: number };
}

function isLoopback({ address }: Host): boolean {
  return address === 'localhost' || address === '[::1]' || /^127(\.\d{1,3}){3}$/.test(address);
}

function wrong(problems: readonly string[]): WaybillError {
  return new WaybillError('STORE_CONNECTION_STRING', `the connection string cannot be used: ${problems.join('; ')}`, SHAPE);
}
