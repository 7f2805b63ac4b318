import { join } from 'node:path';

const entry = join(__dirname, '..', '..', 'dist', 'index.js');
const load = (): { WaybillError: unknown } => jest.requireActual(entry);

describe('one copy of core per process', () => {
  test('the first one loads, also when it is asked for again', () => {
    expect(load()).toBe(load());
  });

  test('a second one refuses to load and names both places; the first goes on', () => {
    const first = load();
    jest.isolateModules(() => {
      expect(load).toThrow(/^CORE_LOADED_TWICE: .*single-copy\.js and .*single-copy\.js.*npm dedupe/);
    });
    expect(load()).toBe(first);
    jest.resetModules();
    expect(load).toThrow(expect.objectContaining({ code: 'CORE_LOADED_TWICE' }));
  });
});
