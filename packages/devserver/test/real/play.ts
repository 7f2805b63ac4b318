import { randomUUID } from 'node:crypto';
import type { Metadata } from '@grpc/grpc-js';
import * as shared from '@eventstore/db-client/generated/shared_pb';
import * as pb from '@eventstore/db-client/generated/streams_pb';
import { batchAnswer, failed, unaryAnswer } from './answers';
import type { clientOf } from './requests';
import { expecting, none, options } from './requests';

export type Path = 'unary' | 'batch';

/** What a line does: see `table.ts`. */
export interface Difference {
  readonly step: string;
  readonly expected: string;
  readonly answered: string;
}

const bytes = (text: string) => Buffer.from(text).toString('base64');
const BEYOND = 1_000_000_000;
const PATIENCE_MS = 20_000;

type Client = ReturnType<typeof clientOf>;

/** Plays one line on streams of its own. */
export class Play {
  private readonly name = `real-${randomUUID()}`;
  private readonly ids = new Map<string, string>();
  private readonly positions = new Map<string, number>();
  private readonly seen: string[] = [];
  private cancel: () => void = () => undefined;
  private wake: () => void = () => undefined;

  constructor(
    private readonly client: Client,
    private readonly path: Path,
  ) {}

  async differences(line: string): Promise<Difference[]> {
    const found: Difference[] = [];
    try {
      for (const part of line.split('; ')) {
        const [step = '', answers] = part.split(' = ');
        const answered = await this.step(step.split(' '));
        const [unary = '', batch = unary] = answers?.split(' | ') ?? [];
        const expected = this.path === 'batch' ? batch : unary;
        if (answers !== undefined && answered !== expected) found.push({ step, expected, answered });
      }
    } finally {
      this.cancel();
    }
    return found;
  }

  private step([verb = '', ...words]: readonly string[]): Promise<string> {
    const [kind, stream = 's'] = verb.split('@') as [string, string?];
    const [first = '', second = '', third = ''] = words;
    if (kind === 'append') return this.append(`${this.name}-${stream}`, first, second === '-' ? [] : [...second]);
    if (kind === 'empty') return this.append('', first, [...second]);
    if (kind === 'meta') return this.append(`$$${this.name}-${stream}`, 'any', ['#'], { type: '$metadata', data: first });
    if (kind === 'octets') return this.append(`$$${this.name}-${stream}`, 'any', ['#'], { type: '$metadata', data: first, octets: true });
    if (kind === 'untyped') return this.append(`${this.name}-${stream}`, first, [...second], { type: '' });
    if (kind === 'zeros') return this.append(`${this.name}-${stream}`, first, ['0']);
    if (kind === 'delete' || kind === 'tombstone') return this.end(kind, `${this.name}-${stream}`, first);
    if (kind === 'read') return this.read(this.streamOptions(stream, second).setReadDirection(first === 'forwards' ? 0 : 1), third);
    if (kind === 'all') return this.read(this.allOptions(second).setReadDirection(first === 'forwards' ? 0 : 1), third);
    if (kind === 'follow') return this.follow(first === 'all' ? this.allOptions(second, third) : this.streamOptions(stream, second));
    if (kind === 'until') return this.until(first);
    throw new Error(`no such step: ${verb}`);
  }

  private idOf(letter: string): string {
    if (letter === '0') return '00000000-0000-0000-0000-000000000000';
    if (letter === '#') return randomUUID();
    const id = this.ids.get(letter) ?? randomUUID();
    this.ids.set(letter, id);
    return id;
  }

  private async append(
    stream: string,
    expected: string,
    letters: readonly string[],
    { type = 'Noted', data = '{}', octets = false } = {},
  ): Promise<string> {
    const identifier = new shared.StreamIdentifier().setStreamName(bytes(stream));
    const fill = <M extends pb.AppendReq.ProposedMessage | pb.BatchAppendReq.ProposedMessage>(message: M, letter: string): M => {
      message.setId(new shared.UUID().setString(this.idOf(letter))).setData(bytes(data));
      message
        .getMetadataMap()
        .set('type', type)
        .set('content-type', octets ? 'application/octet-stream' : 'application/json');
      return message;
    };
    const { streams, metadata } = this.client;
    const answer =
      this.path === 'unary'
        ? await unaryAnswer(streams, metadata, [
            new pb.AppendReq().setOptions(expecting(new pb.AppendReq.Options().setStreamIdentifier(identifier), expected)),
            ...letters.map((one) => new pb.AppendReq().setProposedMessage(fill(new pb.AppendReq.ProposedMessage(), one))),
          ])
        : await batchAnswer(
            streams,
            metadata,
            new pb.BatchAppendReq()
              .setCorrelationId(new shared.UUID().setString(randomUUID()))
              .setOptions(expecting(new pb.BatchAppendReq.Options().setStreamIdentifier(identifier), expected))
              .setProposedMessagesList(letters.map((one) => fill(new pb.BatchAppendReq.ProposedMessage(), one)))
              .setIsFinal(true),
          );
    if (typeof answer === 'string') return answer;
    return `ok ${answer.revision} ${this.place(letters.at(-1), answer.position)}`;
  }

  /** A position by the event that stands there. */
  private place(letter: string | undefined, position: number | undefined): string {
    if (position === undefined) return 'nowhere';
    for (const [known, at] of this.positions) if (at === position) return `at ${known}`;
    if (letter !== undefined && !this.positions.has(letter)) this.positions.set(letter, position);
    return 'new';
  }

  private end(kind: 'delete' | 'tombstone', stream: string, expected: string): Promise<string> {
    const { streams, metadata } = this.client;
    const identifier = new shared.StreamIdentifier().setStreamName(bytes(stream));
    return new Promise((resolve) => {
      const done = (error: { code?: number; metadata?: Metadata } | null) => resolve(error ? failed(error) : 'ok');
      if (kind === 'delete') {
        const options = expecting(new pb.DeleteReq.Options().setStreamIdentifier(identifier), expected);
        streams.delete(new pb.DeleteReq().setOptions(options), metadata, done);
      } else {
        const options = expecting(new pb.TombstoneReq.Options().setStreamIdentifier(identifier), expected);
        streams.tombstone(new pb.TombstoneReq().setOptions(options), metadata, done);
      }
    });
  }

  private streamOptions(stream: string, from: string): pb.ReadReq.Options {
    const place = new pb.ReadReq.Options.StreamOptions().setStreamIdentifier(
      new shared.StreamIdentifier().setStreamName(bytes(`${this.name}-${stream}`)),
    );
    if (from === 'start') place.setStart(none());
    else if (from === 'end') place.setEnd(none());
    else place.setRevision(from);
    return options().setStream(place).setNoFilter(none());
  }

  private allOptions(from: string, filter = ''): pb.ReadReq.Options {
    const place = new pb.ReadReq.Options.AllOptions();
    const [, letter = '', shift = '0'] = /^@(.)([+-]\d+)?$/.exec(from) ?? [];
    if (from === 'start') place.setStart(none());
    else if (from === 'end') place.setEnd(none());
    else {
      const at = String(from === 'beyond' ? Math.max(...this.positions.values()) + BEYOND : this.positions.get(letter)! + Number(shift));
      place.setPosition(new pb.ReadReq.Options.Position().setCommitPosition(at).setPreparePosition(at));
    }
    if (filter === '') return options().setAll(place).setNoFilter(none());
    const [regex = '', multiplier = '1'] = filter.split('×');
    const by = new pb.ReadReq.Options.FilterOptions().setEventType(new pb.ReadReq.Options.FilterOptions.Expression().setRegex(regex));
    return options()
      .setAll(place)
      .setFilter(by.setMax(32).setCheckpointintervalmultiplier(Number(multiplier)));
  }

  private read(asked: pb.ReadReq.Options, count: string): Promise<string> {
    const rows: string[] = [];
    return new Promise((resolve) => {
      const call = this.client.streams.read(
        new pb.ReadReq().setOptions(asked.setCount(count === '' ? '1000' : count)),
        this.client.metadata,
      );
      call.on('data', (answer: pb.ReadResp) => void rows.push(...this.shown(answer)));
      call.on('error', (error: { code?: number; metadata?: Metadata }) => resolve([...rows, failed(error)].join(' ')));
      call.on('end', () => resolve(rows.length === 0 ? 'nothing' : rows.join(' ')));
    });
  }

  private async follow(asked: pb.ReadReq.Options): Promise<string> {
    const call = this.client.streams.read(
      new pb.ReadReq().setOptions(asked.setSubscription(new pb.ReadReq.Options.SubscriptionOptions())),
      this.client.metadata,
    );
    this.cancel = () => call.cancel();
    const add = (what: readonly string[]) => {
      this.seen.push(...what);
      this.wake();
    };
    call.on('data', (answer: pb.ReadResp) =>
      add(answer.hasConfirmation() ? ['confirmed'] : answer.hasCaughtUp() ? ['live'] : this.shown(answer)),
    );
    call.on('error', (error: { code?: number; metadata?: Metadata }) => add([failed(error)]));
    await new Promise<void>((resolve) => (this.seen.length > 0 ? resolve() : (this.wake = resolve)));
    return this.seen.join(' ');
  }

  /** All that the subscription has shown, once it has shown this. */
  private async until(what: string): Promise<string> {
    const end = Date.now() + PATIENCE_MS;
    while (!this.seen.includes(what) && Date.now() < end) {
      await new Promise<void>((resolve) => {
        this.wake = resolve;
        setTimeout(resolve, 100);
      });
    }
    return this.seen.join(' ');
  }

  private shown(answer: pb.ReadResp): string[] {
    if (answer.hasStreamNotFound()) return ['not-found'];
    const event = answer.getEvent()?.getEvent();
    const stream = Buffer.from(event?.getStreamIdentifier()?.getStreamName_asU8() ?? []).toString();
    if (!event || !stream.startsWith(this.name)) return [];
    if (event.getMetadataMap().get('type') === '$streamDeleted') return [`tombstone:${event.getStreamRevision()}`];
    const id = event.getId()?.getString();
    return [[...this.ids].find(([, one]) => one === id)?.[0] ?? '?'];
  }
}
