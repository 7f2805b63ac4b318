import { canonical, Rejected, WaybillError } from '@waybill/core';
import type { Answer, Message } from '@waybill/core';
import { COMMAND_SOURCE } from '@waybill/core/internal';
import { describe } from '@waybill/core/store-kit';
import { textOfAnswer } from '../oracle/decisions';
import type { Owner } from './scheduler';
import type { Workers } from './workers';
import type { World } from './world';

/** After which a command is sent again. */
const PATIENCE_MS = 3_000;
/** With all faults healed: a method that throws this often always throws. */
const LAST_TRY = 5;

/** Sends one command, and again under the same id until an answer comes: to any worker, even while an earlier send is under way. */
export class Caller implements Owner {
  readonly name = 'caller';
  frozen = false;
  isDone = false;
  private answer: string | undefined;
  private tries = 0;
  private wait: (() => void) | undefined;

  constructor(
    private readonly world: World,
    private readonly workers: Workers,
    private readonly actor: string,
    private readonly command: Message,
    readonly id: string,
  ) {}

  /** Sends it after `ms`. */
  go(ms: number): void {
    this.wait?.();
    this.wait = this.world.scheduler.after(this, ms, 'sends', () => this.send());
  }

  private send(): void {
    const { world } = this;
    const { running } = this.workers;
    const worker = running[world.tape.pick('to', running.length)];
    this.go(PATIENCE_MS);
    if (!worker) return;
    if (world.healed) this.tries++;
    world.say(this, () => `sends ${this.command.type} ${canonical(this.command)} (${this.id}) to ${worker.name}`);
    world.sent.set(this.id, [...(world.sent.get(this.id) ?? []), worker.now]);
    worker.system.send(this.actor, worker.versionOf(this.command), this.id).then(
      (answer) => this.answered(textOf(answer), answer),
      (error: unknown) => this.failed(error),
    );
  }

  private failed(error: unknown): void {
    if (error instanceof Rejected) return this.answered(`refused: ${error.reason}`);
    if (error instanceof WaybillError && error.code === 'COMMAND_CONFLICT') {
      return this.world.wrong('I2', `the caller of ${this.id} is refused for other content, which it never sent: ${error.message}`);
    }
    this.world.say(this, () => `gets no answer for ${this.id}: ${describe(error)}`);
    if (this.tries < LAST_TRY) this.go(50);
    else this.end();
  }

  /** I2, I15: its rows are durable, and every answer for one id is the same. */
  private answered(text: string, answer?: Answer): void {
    const { world } = this;
    world.say(this, () => `gets an answer for ${this.id}: ${text}`);
    const log = answer && world.checker.oracle.actors.get(answer.stream);
    if (answer && log?.causes.get(`${COMMAND_SOURCE} ${this.id}`) !== 'took')
      world.wrong('I7', `the caller of ${this.id} has an answer before its row is durable`);
    const said = log?.answers.get(this.id);
    if (answer && said !== undefined && said !== text)
      world.wrong('I6', `the caller of ${this.id} gets the answer ${text}, the log says ${said}`);
    this.answer ??= text;
    if (this.answer !== text) world.wrong('I2', `the caller of ${this.id} gets the answer ${text}, earlier it was ${this.answer}`);
    if (world.tape.chance('ask again', world.rates.copy)) this.go(500);
    else this.end();
  }

  private end(): void {
    this.isDone = true;
    this.wait?.();
  }
}

function textOf({ version, events }: Answer): string {
  return textOfAnswer(
    version,
    events.map((event) => `${event.type} ${canonical(event)}`),
  );
}

/** One caller per command. @throws WaybillError `COMMAND_NOT_TAKEN` */
export function callersOf(world: World, workers: Workers, commands: readonly Message[]): Caller[] {
  return commands.flatMap((command, i) => {
    const actor = world.facts.definitions.find((definition) => definition.kind === 'aggregate' && definition.inputs.has(command.type));
    if (!actor) throw new WaybillError('COMMAND_NOT_TAKEN', `no aggregate in use takes ${command.type}`, 'add its aggregate to use: […]');
    return world.tape.pick('feed', 2, 1) === 1 ? [new Caller(world, workers, actor.name, command, `c-${i + 1}`)] : [];
  });
}
