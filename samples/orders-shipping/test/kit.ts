import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Container, memoryStore } from 'waybill';
import type { NewEvent, Outcome, Store } from 'waybill';
import { readFeed } from '../dist/demo/feed';
import type { Line } from '../dist/demo/feed';
import { MailOnShipment, Mailer } from '../dist/mail-on-shipment';
import { OpenOrders } from '../dist/open-orders';
import { Orders } from '../dist/orders';
import { Shipping } from '../dist/shipping';
import { verify } from '../dist/demo/verify';
import type { Audit } from '../dist/demo/verify';

export interface Said {
  readonly id: string;
  readonly type: string;
  readonly data: object;
}
let ids = 0;
const said = (type: string, data: object, id = `m-${++ids}`): Said => ({ id, type, data });
export const S = (orderId = 'o', customerId = 'c', id?: string): Said => said('OrderSubmitted', { orderId, customerId }, id);
export const I = (index: number, orderId = 'o', quantity = 1, id?: string): Said =>
  said('ItemAdded', { orderId, index, sku: 'apple', quantity }, id);
export const A = (itemCount: number, orderId = 'o', id?: string): Said => said('OrderAccepted', { orderId, itemCount }, id);
export const shipment = (items: readonly number[], orderId = 'o'): Said => said('ShipmentRequested', { orderId, items });

export const eventOf = ({ id, type, data }: Said): NewEvent => ({ id, type, data: JSON.stringify(data), meta: '{}', time: Date.now() });
export const textOf = (feed: readonly Said[]): string => feed.map((line) => `${JSON.stringify(line)}\n`).join('');

export async function append(store: Store, stream: string, messages: readonly (Said | NewEvent)[]): Promise<void> {
  const events = messages.map((one) => ('meta' in one ? one : eventOf(one)));
  const length = (await store.read(stream, 0, 100_000)).length;
  const [written] = await store.append([{ stream, expected: length === 0 ? 'none' : length - 1, events }]);
  expect(written?.ok).toBe(true);
}

export interface Shipped {
  readonly audit: Audit;
  readonly outcomes: readonly Outcome[];
  readonly shipments: readonly (readonly [orderId: string, items: readonly number[]])[];
  readonly mails: readonly string[];
}

/** Appends the messages as one feed, runs the sample's actors over it, and asks the check. */
export async function shipped(messages: readonly Said[], store: Store = memoryStore()): Promise<Shipped> {
  if (messages.length > 0) await append(store, 'feed', messages);
  const mails: string[] = [];
  const container = new Container();
  container.bind<Mailer>(Mailer).toConstantValue({ send: async ({ text }) => void mails.push(text) });
  const app = await App.start({ store, container, use: [Orders, OpenOrders, MailOnShipment, Shipping] });
  const outcomes: Outcome[] = [];
  app.outcomes.subscribe((outcome) => outcome.consumer === 'shipping' && outcomes.push(outcome));
  await app.settled();
  await app.stop();
  const shipments: [string, readonly number[]][] = [];
  const audit = await verify(store, { onShipment: (orderId, items) => shipments.push([orderId, items]) });
  return { audit, outcomes, shipments, mails };
}

export async function linesOf(...chunks: readonly (string | Uint8Array)[]): Promise<Line[]> {
  const lines: Line[] = [];
  const input = async function* () {
    for (const chunk of chunks) yield Buffer.from(chunk);
  };
  for await (const some of readFeed(input())) lines.push(...some);
  return lines;
}

const MAIN = join(__dirname, '..', 'dist', 'main.js');
const MAKE = join(__dirname, '..', 'feed', 'make.mjs');

export interface Ran {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  readonly err: string;
}

/** The sample as its users run it. `killAfter`: milliseconds until SIGKILL. */
export function start(args: readonly string[], { input = '', killAfter }: { input?: string; killAfter?: number } = {}): Promise<Ran> {
  return node([MAIN, ...args], input, killAfter);
}

export async function makeFeed(...numbers: readonly number[]): Promise<string> {
  const { code, out } = await node([MAKE, ...numbers.map(String)], '');
  expect(code).toBe(0);
  return out;
}

function node(args: readonly string[], input: string, killAfter?: number): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...args], { stdio: 'pipe' });
    let [out, err] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
    child.stdin.on('error', () => undefined).end(input);
    const timer = killAfter === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), killAfter);
    child.on('error', reject).on('close', (code, signal) => {
      clearTimeout(timer);
      resolve({ code, signal, out, err });
    });
  });
}

export interface Told {
  readonly received: number;
  readonly outcomes: Readonly<Record<string, number>>;
  readonly shipments: number;
  readonly incomplete: number;
  readonly appended: number;
  readonly recognised: number;
  readonly refused: number;
  readonly verdict: string;
  readonly seconds: number;
}
/** The object on the last line. */
export function told({ out }: Ran): Told {
  return JSON.parse(out.trimEnd().split('\n').at(-1) ?? '') as Told;
}

/** A folder for one test. */
export class Folder {
  private readonly path = mkdtempSync(join(tmpdir(), 'waybill-sample-'));

  file(name: string, text?: string): string {
    const file = join(this.path, name);
    if (text !== undefined) writeFileSync(file, text);
    return file;
  }
  /** Lines of a file, sorted. */
  sorted(name: string): string[] {
    return readFileSync(join(this.path, name), 'utf8').split('\n').sort();
  }
  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}
