import { randomUUID } from 'node:crypto';
import { LOG_STREAM } from '../log/log-stream';
import type { Log } from '../log/log';
import { KeyedQueue } from '../log/keyed-queue';
import { payloadOf } from '../wire/payload';
import type { Place } from '../wire/read-request';
import type { CallError } from '../wire/status';
import { accessDenied } from '../wire/status';
import type { StreamWriter } from '../log/stream-writer';
import { alreadyExists, doesNotExist, dropped } from './errors';
import type { KeptGroup } from './group';
import { Group } from './group';
import { streamOfGroup } from './parked';
import type { GroupKey, GroupSpec } from './requests';
import { ALL } from './requests';

const CONFIG_STREAM = '$persistentSubscriptionConfig';
const CONFIG_TYPE = '$PersistentConfig';

interface Config {
  readonly version: 1;
  readonly groups: readonly KeptGroup[];
}

/** All groups. A system stream of the log lists them; it is read at the first call. */
export class Groups {
  private groups: Promise<Map<string, Group>> | undefined;
  private readonly queue = new KeyedQueue();

  constructor(
    private readonly log: Log,
    private readonly writer: StreamWriter,
  ) {}

  async list(): Promise<readonly Group[]> {
    return [...(await this.loaded()).values()];
  }

  /** @throws CallError when there is no such group */
  async get(key: GroupKey): Promise<Group> {
    const group = (await this.loaded()).get(nameOf(key));
    if (!group) throw doesNotExist(key);
    return group;
  }

  create(spec: GroupSpec): Promise<void> {
    return this.changing(async (groups) => {
      if (groups.has(nameOf(spec))) throw alreadyExists(spec);
      if (spec.stream === LOG_STREAM) throw accessDenied(`${LOG_STREAM} has no messages to consume`);
      const group = new Group({ ...spec, after: await this.after(spec.stream, spec.from) }, this.log, this.writer);
      groups.set(nameOf(spec), group);
    });
  }

  /** Drops the consumers, which get the new settings when they reconnect; the group continues from its checkpoint. */
  update(spec: GroupSpec): Promise<void> {
    return this.changing(async (groups) => {
      const old = groups.get(nameOf(spec));
      if (!old) throw doesNotExist(spec);
      old.stop(dropped(spec));
      const after = await this.after(spec.stream, spec.from);
      const filter = spec.filter ?? old.spec.filter;
      groups.set(nameOf(spec), new Group({ ...spec, ...(filter && { filter }), after }, this.log, this.writer));
    });
  }

  delete(key: GroupKey): Promise<void> {
    return this.changing(async (groups) => {
      const group = groups.get(nameOf(key));
      if (!group) throw doesNotExist(key);
      group.stop(doesNotExist(key));
      groups.delete(nameOf(key));
      for (const kind of ['checkpoint', 'parked'] as const) {
        const stream = streamOfGroup(key, kind);
        if (await this.log.last(stream)) await this.writer.delete(stream, 'any');
      }
    });
  }

  /** Forgets everything that is not in the log; the next call reads that again. */
  async stop(why: (key: GroupKey) => CallError): Promise<void> {
    const groups = this.groups;
    this.groups = undefined;
    for (const group of (await groups?.catch(() => undefined))?.values() ?? []) group.stop(why(group.spec));
  }

  private changing(change: (groups: Map<string, Group>) => Promise<void>): Promise<void> {
    return this.queue.run('config', async () => {
      const groups = await this.loaded();
      await change(groups);
      const config: Config = { version: 1, groups: [...groups.values()].map(({ spec }) => spec) };
      const event = { id: randomUUID(), type: CONFIG_TYPE, data: JSON.stringify(config), meta: '{}', time: Date.now() };
      await this.writer.append(CONFIG_STREAM, 'any', [event]);
    });
  }

  private loaded(): Promise<Map<string, Group>> {
    return (this.groups ??= this.load().catch((error: unknown) => {
      this.groups = undefined;
      throw error;
    }));
  }

  private async load(): Promise<Map<string, Group>> {
    const row = await this.log.last(CONFIG_STREAM);
    if (row?.type !== CONFIG_TYPE) return new Map();
    const { groups } = JSON.parse(Buffer.from(payloadOf(row).data).toString()) as Config;
    return new Map(groups.map((spec) => [nameOf(spec), new Group(spec, this.log, this.writer)]));
  }

  /** `from` itself is included, so the group begins after the one before it. */
  private async after(stream: string, from: Place): Promise<number> {
    const nothing = stream === ALL ? 0 : -1;
    if (typeof from === 'number') return Math.max(nothing, from - 1);
    if (from === 'start') return nothing;
    return stream === ALL ? this.log.store.head() : ((await this.log.last(stream))?.version ?? nothing);
  }
}

function nameOf({ stream, group }: GroupKey): string {
  return `${stream}::${group}`;
}
