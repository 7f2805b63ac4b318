import { PackedKeys } from '../../dist/history/packed-keys';
import { dice } from '../dice';

test('packed first copies answer as a map does, in whatever order and lots they come', () => {
  for (let seed = 1; seed <= 40; seed++) {
    const roll = dice(seed);
    const known = new Map<number, { text: string; version: number }>();
    let packed = PackedKeys.empty;
    for (let lot = 0; lot < 8; lot++) {
      const added = new Map<number, { text: string; version: number }>();
      for (let i = roll(12); i >= 0; i--) {
        const index = roll(60);
        if (!known.has(index)) added.set(index, { text: `h${roll(1_000_000)}`, version: roll(1_000_000) });
      }
      const firsts = [...added].map(([index, { text, version }]) => [index, { digest: { kind: 'hash', text }, version }] as const);
      packed = packed.with(firsts, ({ digest }) => digest.text ?? '');
      for (const [index, first] of added) known.set(index, first);
      for (let index = 0; index < 62; index++) {
        const first = known.get(index);
        const expected = first && { digest: { kind: 'short', text: first.text.padEnd(12, '.') }, version: first.version };
        expect(packed.get(index)).toEqual(expected);
      }
    }
    expect([packed.get('1'), packed.get(-1), packed.get('')]).toEqual([undefined, undefined, undefined]);
  }
});
