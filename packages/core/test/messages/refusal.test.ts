import type { StandardSchemaV1 } from '@standard-schema/spec';
import { Command, Event, Refusal } from '@waybill/core';
import type { AnyMessageClass } from '@waybill/core';
import { namesOf, personalOf, refusalOf, revive, versionOf } from '@waybill/core/internal';

class Reserve extends Command('Reserve')<{ orderId: string; quantity: number }> {}

test('the refusal of a command is one class, whose type, fields and reason follow from the command', () => {
  const refusal = new (Refusal(Reserve))({ orderId: 'o-1', quantity: 2, refusedBecause: 'none left' });
  expect(Refusal(Reserve)).toBe(Refusal(Reserve));
  expect(refusal.type).toBe('Reserve.refused');
  expect({ ...refusal }).toEqual({ orderId: 'o-1', quantity: 2, refusedBecause: 'none left' });
  expect(refusal['~kind']).toBe('event');
});

test('it has the former names and the versions of the command, and no row stands under a name that would be too long', () => {
  const long = 'L'.repeat(121);
  class Hold extends Command('Hold', {
    version: 2,
    aliases: ['Reserve', long],
    upcast: { 1: ({ n, ...rest }) => ({ ...rest, pieces: n }) },
  })<{
    pieces: number;
  }> {}
  const refusal = Refusal(Hold) as unknown as AnyMessageClass;
  expect(namesOf(refusal)).toEqual(['Hold.refused', 'Reserve.refused']);
  expect(versionOf(refusal)).toBe(2);
  expect({ ...revive(refusal, { n: 3, refusedBecause: 'no' }, 1) }).toEqual({ pieces: 3, refusedBecause: 'no' });
});

test('it checks the fields of the command by its schema, and the reason', () => {
  const validate = (data: unknown) =>
    typeof (data as { n?: unknown }).n === 'number'
      ? { value: { unit: 'kg', ...(data as { n: number }) } }
      : { issues: [{ message: 'not a number', path: ['n'] }] };
  const schema: StandardSchemaV1<{ n: number }, { n: number; unit: string }> = { '~standard': { version: 1, vendor: 'test', validate } };
  class Weigh extends Command('Weigh', { schema }) {}
  expect({ ...new (Refusal(Weigh))({ n: 1, unit: 'g', refusedBecause: 'no' }) }).toEqual({ n: 1, unit: 'g', refusedBecause: 'no' });
  const built = (data: object) => () => revive(Refusal(Weigh) as unknown as AnyMessageClass, data, 1);
  expect({ ...built({ n: 1, refusedBecause: 'no' })() }).toEqual({ n: 1, unit: 'kg', refusedBecause: 'no' });
  expect(built({ n: 'x', refusedBecause: 'no' })).toThrow('MESSAGE_INVALID: Weigh.refused is not valid: n: not a number');
  expect(built({ n: 1 })).toThrow('refusedBecause: it is not a text');
});

test('its personal fields are those of the command, and so is their subject', () => {
  class Invite extends Command('Invite', { personal: ['email'], subject: (data: { guest: string }) => data.guest })<{
    guest: string;
    email: string;
  }> {}
  Refusal(Invite);
  const personal = personalOf('Invite.refused');
  expect(personal?.fields).toEqual(['email']);
  expect(personal?.subjectOf({ guest: 'g-1', email: 'x', refusedBecause: 'full' })).toBe('g-1');
});

test('misuse is told by name', () => {
  class Went extends Event('Went')<{ n: number }> {}
  class Long extends Command('L'.repeat(121))<{ n: number }> {}
  class Longest extends Command('L'.repeat(120))<{ n: number }> {}
  expect(() => Refusal(undefined as never)).toThrow('MESSAGE_CLASS_MISSING: the message class of Refusal() is undefined');
  expect(() => Refusal(Went as never)).toThrow('WRONG_KIND: Refusal() is given Went, which is not a command');
  expect(() => Refusal(Long)).toThrow('MESSAGE_NAME');
  expect(Refusal(Longest).messageType).toHaveLength(128);
  class Odd extends Command('Odd')<{ refusedBecause: string }> {}
  expect(() => refusalOf(new Odd({ refusedBecause: 'x' }), '{"refusedBecause":"x"}', 'no')).toThrow('CONTENT_FORBIDDEN_KEY');
});
