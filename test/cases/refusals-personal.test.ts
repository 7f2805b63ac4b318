import {
  Actor,
  Aggregate,
  Command,
  ERASED,
  Event,
  Handles,
  memoryStore,
  personalStore,
  Projection,
  Applies,
  Refusal,
  Rejected,
  Saga,
} from 'waybill';
import { withKeys } from './personal-keys';
import { ADA, feed, run, textOf } from './personal-kit';
import { forEachStore } from './stores';

type Guest = { guest: string; name: string; hall: string };
const personal = { personal: ['name'], subject: (data: { guest: string }) => data.guest } as const;

class Asked extends Event('Asked', personal)<Guest> {}
class Invite extends Command('Invite', personal)<Guest> {}
class Apologised extends Event('Apologised', personal)<{ guest: string; name: string; why: string }> {}
type In = Asked | Refusal<Invite>;

@Saga('invitations', { sends: [Invite] })
class Invitations extends Actor<object, In, Invite | Apologised> {
  initial = () => ({});
  key(e: In) {
    return e.guest;
  }
  @Handles(Asked, { once: true }) asked({ guest, name, hall }: Asked) {
    return new Invite({ guest, name, hall });
  }
  @Handles(Refusal(Invite)) refused({ guest, name, refusedBecause }: Refusal<Invite>) {
    return new Apologised({ guest, name, why: refusedBecause });
  }
}
@Aggregate('halls', { refuses: [Invite] })
class Halls extends Actor<object, Invite> {
  initial = () => ({});
  key(c: Invite) {
    return c.hall;
  }
  @Handles(Invite) invite(): never {
    throw new Rejected('the hall is full');
  }
}
/** A reader of refusals that is deployed later. */
@Projection('disappointed')
class Disappointed extends Actor<{ name: string } | undefined, Refusal<Invite>> {
  initial = () => undefined;
  key(e: Refusal<Invite>) {
    return e.guest;
  }
  @Applies(Refusal(Invite)) refused({ name }: Refusal<Invite>) {
    return { name };
  }
}
@Saga('keyed')
class KeyedByName extends Actor<object, Refusal<Invite>> {
  initial = () => ({});
  key(e: Refusal<Invite>) {
    return e.name;
  }
  @Handles(Refusal(Invite)) refused() {
    return [];
  }
}

forEachStore('personal fields of a command that is refused', (openLog) => {
  test('are encrypted in the refusal, readable to who hears of it, and erased once the person is forgotten', async () => {
    const log = withKeys(openLog());
    const store = await log.connect();
    const { app, failures } = await run(store, [Invitations, Halls]);
    await feed(personalStore(store), new Asked({ guest: 'g-1', name: ADA, hall: 'h' }));
    await app.settled();
    const heard = async () => (await personalStore(await log.connect()).read('invitations-g-1')).at(-1)?.data;
    expect(JSON.parse((await heard()) as string)).toEqual({ guest: 'g-1', name: ADA, why: 'the hall is full' });
    const [, refusal] = await store.read('halls-h');
    expect(refusal?.type).toBe('Invite.refused');
    expect(JSON.parse(refusal?.data as string)).toMatchObject({ guest: 'g-1', hall: 'h', refusedBecause: 'the hall is full' });
    expect(await textOf(store)).not.toContain(ADA);

    await app.forget('g-1');
    await app.stop();
    const later = await run(store, [Invitations, Halls, Disappointed]);
    await later.app.settled();
    expect(await later.app.view(Disappointed).get('g-1')).toEqual({ name: ERASED });
    expect(await textOf(personalStore(await log.connect()))).not.toContain(ADA);
    await later.app.stop();
    expect([...failures, ...later.failures]).toEqual([]);
  });

  test('are erased in a refusal that is appended after the person was forgotten', async () => {
    const log = withKeys(openLog());
    const store = await log.connect();
    await feed(personalStore(store), new Invite({ guest: 'g-2', name: ADA, hall: 'h' }));
    const people = await run(store, [Invitations]);
    await people.app.forget('g-2');
    await people.app.stop();
    const { app, failures } = await run(store, [Invitations, Halls]);
    await app.settled();
    await app.stop();
    const rows = await personalStore(store).read('invitations-g-2');
    expect(JSON.parse(rows.at(-1)?.data as string)).toEqual({ guest: 'g-2', name: ERASED, why: 'the hall is full' });
    expect(failures).toEqual([]);
    expect(await textOf(personalStore(await log.connect()))).not.toContain(ADA);
  });
});

test('a saga whose key reads a personal field of a refusal is refused at the start', async () => {
  const store = memoryStore();
  await expect(run(store, [KeyedByName])).rejects.toMatchObject({ code: 'PERSONAL_KEY' });
});
