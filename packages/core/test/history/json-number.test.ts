import { readMessage } from '@waybill/core/internal';
import { Event } from '@waybill/core';

class Paid extends Event('Paid')<{ id: unknown }> {}
const row = (data: string) => ({ ...{ id: 'r', type: 'Paid', data, meta: '{}', time: 0 }, stream: 's', version: 0, position: 7 });

describe('a number that JavaScript would round to another', () => {
  test.each([
    '{"id":9007199254740993}',
    '{"id":-9007199254740993}',
    '{"id":9223372036854775807}',
    '{"id":18446744073709551615}',
    '{"id":[1,{"deep":1152921504606846977}]}',
    '{"id":1152921504606846976}',
    '{"id":9.007199254740993e15}',
    '{"id":9007199254740993.0}',
    '{"id":"\\"", "amount":12345678901234567.89}',
  ])('is not read: two ids would become one (%s)', (data) => {
    expect(readMessage(Paid, row(data))).toMatchObject({ message: undefined, invalid: expect.stringContaining('would round') as unknown });
  });

  test('is not quoted: it may be personal', () => {
    expect(readMessage(Paid, row('{"id":9007199254740993}')).invalid).not.toContain('9007199254740993');
  });

  test.each([
    '{"id":9007199254740991}',
    '{"id":9007199254740992}',
    '{"id":1152921504606847000}',
    '{"id":1e21}',
    '{"id":1.7976931348623157e308}',
    '{"id":100000000000000000000000}',
    '{"id":0.30000000000000004}',
    '{"id":0.10000000000000000555}',
    '{"id":123456789012345.67000}',
    '{"id":"9007199254740993"}',
    '{"id":"a\\"9007199254740993"}',
  ])('is read where nothing is lost (%s)', (data) => {
    expect(readMessage(Paid, row(data)).message).toEqual(JSON.parse(data));
  });

  test('whatever JavaScript itself has written is read', () => {
    for (let i = 0, n = 3; i < 400; i++, n *= 1.618) {
      const whole = `{"id":${JSON.stringify(Math.round(n))}}`;
      expect([whole, readMessage(Paid, row(whole)).invalid]).toEqual([whole, undefined]);
    }
  });
});
