import type { ViewWrite } from '@waybill/core/store-kit';
import { sqlite } from '@waybill/sqlite';
import { codeOf, one } from './kit';

test('what a caller gives wrongly is refused to that caller alone: a commit shared with others goes through', async () => {
  const store = sqlite(':memory:');
  const row = { key: 'k', row: { no: 'text' }, position: 1, expected: 0 } as unknown as ViewWrite;
  const good = store.append(one('s', 'none'));
  const codes = await Promise.all(
    [
      () => store.views.write('v', [row]),
      () => store.views.write('v', [{ ...row, row: '{}', position: NaN }]),
      () => store.views.write('v', [{ ...row, row: '{}', blocked: 'a\0' }]),
      () => store.snapshot('s').save({ version: 0, data: undefined as unknown as string }),
      () => store.snapshot('s').save({ version: 0.5, data: '{}' }),
      () => store.checkpoint('c').save({ store: store.id, position: 0, epoch: {} as number }),
    ].map(codeOf),
  );
  expect(codes).toEqual(['WRITE_BAD_TEXT', 'WRITE_BAD_NUMBER', 'WRITE_BAD_TEXT', 'WRITE_BAD_TEXT', 'WRITE_BAD_NUMBER', 'WRITE_BAD_NUMBER']);
  expect((await good)[0]?.ok).toBe(true);
  await store.close();
});
