import assert from 'node:assert/strict';
import type { ContractCase } from './bench';
import { mustRefuse } from './bench';

const NAMES = ['a', 'A', 'a ', '\u00e1', 'a\u0301', '\u{1f600}', '\u4e2d'.repeat(170), "'; --", '%', '__proto__', 'constructor', '0'];
const secretOf = (subject: string) => Buffer.from(`secret of ${subject}`).toString('base64').slice(0, 512);

export const keyCases: readonly ContractCase[] = (
  [
    {
      title: 'keys: a secret is loaded as it was given, per subject; a subject that has none is left out',
      async run({ keys }) {
        for (const name of NAMES) assert.equal(await keys.keep(name, secretOf(name)), secretOf(name));
        const loaded = await keys.load([...NAMES, 'never', 'toString']);
        assert.deepEqual([...loaded].sort(), NAMES.map((name) => [name, secretOf(name)]).sort());
        assert.deepEqual([...(await keys.load(['never']))], []);
        assert.deepEqual([...(await keys.load([]))], []);
      },
    },
    {
      title: 'keys: the first secret of a subject wins: whoever keeps another one later gets the first',
      async run({ keys }) {
        assert.equal(await keys.keep('p', 'Zmlyc3Q='), 'Zmlyc3Q=');
        for (const later of ['c2Vjb25k', 'Zmlyc3Q=', 'dGhpcmQ=']) assert.equal(await keys.keep('p', later), 'Zmlyc3Q=');
        assert.deepEqual([...(await keys.load(['p']))], [['p', 'Zmlyc3Q=']]);
      },
    },
    {
      title: 'keys: of those that keep a secret of one subject at once, on two connections, all get the same one',
      needs: ['second'],
      async run(bench) {
        const other = (await bench.second()).keys;
        for (let n = 0; n < 10; n++) {
          const given = [0, 1, 2, 3].map((i) => secretOf(`${n}-${i}`));
          const answered = await Promise.all(given.map(async (secret, i) => (i % 2 ? other : bench.keys)?.keep(`p-${n}`, secret)));
          assert.equal(new Set(answered).size, 1);
          assert.ok(given.includes(answered[0]!));
          assert.equal((await bench.keys.load([`p-${n}`])).get(`p-${n}`), answered[0]);
        }
      },
    },
    {
      title:
        'keys: a forgotten secret is gone, of that subject only, and forgetting one that never existed is not an error; then a new one can be kept',
      async run({ keys }) {
        for (const name of NAMES) await keys.keep(name, secretOf(name));
        for (const subject of ['a', 'never', '%']) await keys.forget(subject);
        await keys.forget('a');
        const rest = NAMES.filter((name) => name !== 'a' && name !== '%');
        assert.deepEqual([...(await keys.load(NAMES)).keys()].sort(), [...rest].sort());
        assert.equal(await keys.keep('a', 'bmV3'), 'bmV3');
        assert.equal(await keys.keep('a', secretOf('a')), 'bmV3');
        assert.deepEqual([...(await keys.load(['a']))], [['a', 'bmV3']]);
        await keys.forget('a');
        assert.deepEqual([...(await keys.load(['a']))], []);
      },
    },
    {
      title: 'keys: what one connection keeps or forgets holds for every other at once',
      needs: ['second'],
      async run(bench) {
        const both = [bench.keys, (await bench.second()).keys];
        for (let n = 0; n < 6; n++) {
          const secret = secretOf(`turn ${n}`);
          await both[n % 2]?.keep('p', secret);
          for (const keys of both) assert.equal((await keys?.load(['p']))?.get('p'), secret);
          await both[n % 3 ? 1 : 0]?.forget('p');
          for (const keys of both) assert.equal((await keys?.load(['p']))?.size, 0);
        }
      },
    },
    {
      title:
        'keys: a subject or a secret that could be read back as another one is refused without showing the secret, and nothing is kept',
      async run({ keys }) {
        for (const name of ['', '\ud800', 'a\0', 's'.repeat(513)]) {
          await mustRefuse('WRITE_BAD_NAME', () => keys.keep(name, 'c2VjcmV0'));
          await mustRefuse('WRITE_BAD_NAME', () => keys.forget(name));
        }
        const bad = ['', 'c2VjcmV0\0', 'c2VjcmV0\ud800', 'c2VjcmV0'.repeat(65)];
        for (const secret of bad) {
          const call = () => keys.keep('p', secret);
          await mustRefuse('WRITE_BAD_TEXT', call);
          await assert.rejects(call, ({ message }: Error) => !message.includes('c2VjcmV0'));
        }
        assert.deepEqual([...(await keys.load(['p', '\ufffd', 'a', 's'.repeat(512)]))], []);
      },
    },
    {
      title: 'keys: 2,000 subjects are loaded in one call',
      async run({ keys }) {
        const subjects = Array.from({ length: 2_000 }, (_, n) => `p-${n}`);
        await Promise.all(subjects.map((subject) => keys.keep(subject, secretOf(subject))));
        const loaded = await keys.load(subjects);
        for (const subject of subjects) assert.equal(loaded.get(subject), secretOf(subject));
      },
    },
  ] satisfies readonly ContractCase[]
).map((one: ContractCase) => ({ ...one, needs: ['keys', ...(one.needs ?? [])] }));
