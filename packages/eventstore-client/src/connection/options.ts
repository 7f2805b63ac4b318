import { show, WaybillError } from '@waybill/core/store-kit';
import type { Store } from '@waybill/core/store-kit';

/** Something that needs no action, but may be worth knowing. */
export interface Notice {
  /**
   * 'retried': an append or read was repeated; 'resubscribed': a subscription was restarted at its own position;
   * 'lagging': a subscription stood still although the log grew; 'reconnected': a new connection was made.
   */
  readonly kind: 'retried' | 'resubscribed' | 'lagging' | 'reconnected';
  readonly text: string;
}

type Beside = Pick<Store, 'views' | 'keys'>;

export interface EventStoreOptions {
  /**
   * Where projections keep their rows, and personal data its keys: a store such as `sqlite(file)`. The names of its views hold
   * the id of this log, so that a projection starts over on another one. A function is given that id, for a file that is named by it.
   * Whoever opened it closes it.
   */
  readonly beside?: Beside | ((log: string) => Beside);
  /**
   * 'unary' (default): one call per append. 'batch': all appends in one long call; less work per append, but one failure leaves
   * the outcome of all of them unknown.
   */
  readonly path?: 'unary' | 'batch';
  /**
   * Milliseconds that one call may take; after transient failures it is repeated for twice as long. Default: `defaultDeadline` of
   * the connection string, else 10,000.
   */
  readonly deadline?: number;
  /** Allow `tls=false` to a host that is not loopback. */
  readonly allowInsecure?: boolean;
  /** The most appends in flight at once; default 256. */
  readonly maxInFlight?: number;
  /** Milliseconds after which a subscription that stands still is compared with the log; default 10,000. */
  readonly lag?: number;
  /** Called with notices: of those that follow one another, the 1st, 2nd, 4th, 8th and so on. What it throws is ignored. Default: none. */
  readonly onNotice?: (notice: Notice) => void;
}

/** A log of EventStoreDB or KurrentDB. */
export interface EventStore extends Store {
  readonly guarantee: string;
  readonly maxWrite: number;
}

export interface Settings {
  readonly beside: (log: string) => Beside;
  readonly path: 'unary' | 'batch';
  readonly deadline: number;
  readonly maxInFlight: number;
  readonly lag: number;
  readonly onNotice: (notice: Notice) => void;
}

const RULES: Readonly<Record<keyof EventStoreOptions, (value: unknown) => string | undefined>> = {
  beside: (value) => ((typeof value === 'object' && value !== null) || typeof value === 'function' ? undefined : 'not a store'),
  path: (value) => (value === 'unary' || value === 'batch' ? undefined : `neither 'unary' nor 'batch'`),
  deadline: (value) => (isBetween(value, 1, 3_600_000) ? undefined : 'not from 1 to 3,600,000 milliseconds'),
  allowInsecure: (value) => (typeof value === 'boolean' ? undefined : 'neither true nor false'),
  maxInFlight: (value) => (isBetween(value, 1, 100_000) ? undefined : 'not from 1 to 100,000'),
  lag: (value) => (isBetween(value, 1, 3_600_000) ? undefined : 'not from 1 to 3,600,000 milliseconds'),
  onNotice: (value) => (typeof value === 'function' ? undefined : 'not a function'),
};

/** @throws WaybillError `STORE_OPTIONS`, naming every option that is wrong */
export function checkOptions(options: EventStoreOptions): void {
  const wrong: string[] = [];
  if (typeof options !== 'object' || options === null) wrong.push(`the options are ${show(options)}`);
  for (const [name, value] of Object.entries(options ?? {})) {
    if (value === undefined) continue;
    const rule = Object.hasOwn(RULES, name) ? RULES[name as keyof EventStoreOptions] : undefined;
    const fault = rule ? rule(value) : 'not an option';
    if (fault) wrong.push(`${show(name)} is ${fault}`);
  }
  if (wrong.length > 0) throw new WaybillError('STORE_OPTIONS', `eventStore(): ${wrong.join('; ')}`, 'correct the call');
}

/** Notices of a kind that follow one another within this time tell of the same outage. */
const OUTAGE_MS = 10_000;

/** The text of a notice, or undefined: of those of one outage the 1st, 2nd, 4th, 8th and so on are told. */
function seldomness(now = () => performance.now()): (notice: Notice) => string | undefined {
  const runs = new Map<Notice['kind'], { readonly count: number; readonly at: number }>();
  return ({ kind, text }) => {
    const run = runs.get(kind);
    const count = run && now() - run.at < OUTAGE_MS ? run.count + 1 : 1;
    runs.set(kind, { count, at: now() });
    if (!Number.isInteger(Math.log2(count))) return undefined;
    return count === 1 ? text : `${text} (${count} times)`;
  };
}

export function settingsOf(options: EventStoreOptions, deadline: number | undefined): Settings {
  const seldom = seldomness();
  return {
    beside: typeof options.beside === 'function' ? options.beside : () => (options.beside as Beside | undefined) ?? {},
    path: options.path ?? 'unary',
    deadline: options.deadline ?? deadline ?? 10_000,
    maxInFlight: options.maxInFlight ?? 256,
    lag: options.lag ?? 10_000,
    onNotice: (notice) => {
      const text = seldom(notice);
      if (text === undefined) return;
      try {
        options.onNotice?.({ kind: notice.kind, text });
      } catch {
        // An observer must not affect the outcome of a call.
      }
    },
  };
}

function isBetween(value: unknown, least: number, most: number): boolean {
  return Number.isInteger(value) && (value as number) >= least && (value as number) <= most;
}
