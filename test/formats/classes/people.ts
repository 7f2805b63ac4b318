import { Actor, after, Aggregate, Applies, close, Command, Event, Handles, Rejected, Saga } from 'waybill';
import { work, world } from './world';

/** Frozen: see world.ts. Apart from the others, as all rows are looked at for personal data once a class says that it has some. */

export type Person = { readonly person: string; readonly name: string };
const subject = (data: { readonly person: string }) => data.person;
const personal = { personal: ['name'], subject } as const;

export class Register extends Command('Register', { ...personal, personal: ['name', 'home'] })<Person & { home?: { street: string } }> {}
export class Registered extends Event('Registered', { ...personal, personal: ['name', 'home'] })<Person & { home?: { street: string } }> {}
export class Renamed extends Event('Renamed', personal)<Person & { n: number; note?: string }> {}
export class Gone extends Event('Gone')<{ person: string }> {}
export class Remind extends Event('Remind', personal)<Person> {}
export class Letter extends Event('Letter', personal)<Person> {}

type State = { name: string };

@Aggregate('accounts')
export class Accounts extends Actor<State, Register, Registered> {
  initial(): State {
    return { name: '' };
  }
  key({ person }: Register) {
    return person;
  }
  @Handles(Register) register({ person, name, home }: Register, state: State) {
    if (state.name !== '') throw new Rejected('registered before');
    return new Registered({ person, name, ...(home && { home }) });
  }
  @Applies(Registered) registered({ name }: Registered): State {
    return { name };
  }
}

/** Keeps the last name of a person; a deadline holds the name too. */
@Saga('letters', { retry: { attempts: 1 } })
export class Letters extends Actor<State, Registered | Renamed | Gone | Remind, Letter> {
  initial(): State {
    return { name: '' };
  }
  key(e: Registered | Renamed | Gone | Remind) {
    if ('note' in e && e.note === world.nowhere) throw new Error('no such person');
    return e.person;
  }
  @Handles(Registered, { once: true }) onRegistered({ person, name }: Registered) {
    return [new Letter({ person, name }), after('1 hour', new Remind({ person, name }))];
  }
  @Handles(Renamed, { once: 'n' }) onRenamed({ note }: Renamed) {
    work(note);
    return [];
  }
  @Handles(Gone, { once: true }) onGone() {
    return close();
  }
  @Handles(Remind, { deadline: true }) onRemind({ person, name }: Remind) {
    return new Letter({ person, name });
  }
  @Applies(Registered) registered({ name }: Registered): State {
    return { name };
  }
  @Applies(Renamed) renamed({ name }: Renamed): State {
    return { name };
  }
}
