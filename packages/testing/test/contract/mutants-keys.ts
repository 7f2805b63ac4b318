import type { Mutant } from './mutants-kit';
import { keys } from './mutants-kit';

const sound = (name: string) => /^[^\0\p{Surrogate}]{1,512}$/u.test(name);

export const keyMutants: readonly Mutant[] = [
  {
    name: 'folds the case of subjects',
    mutation: keys((inner) => ({
      keep: (subject, secret) => inner.keep(subject.toLowerCase(), secret),
      load: async (subjects) => new Map([...(await inner.load(subjects.map((one) => one.toLowerCase())))]),
    })),
    caught: ['keys: a secret is loaded', 'keys: a forgotten'],
  },
  {
    name: 'tells of subjects that have no secret',
    mutation: keys((inner) => ({
      load: async (subjects) => new Map([...subjects.map((one) => [one, ''] as const), ...(await inner.load(subjects))]),
    })),
    caught: ['keys: a secret is loaded', 'keys: a forgotten', 'keys: what one connection', 'durable: a secret'],
  },
  {
    name: 'keeps the last secret',
    mutation: keys((inner) => ({
      keep: async (subject, secret) => {
        await inner.forget(subject);
        return inner.keep(subject, secret);
      },
    })),
    caught: ['keys: the first secret', 'durable: a secret'],
  },
  {
    name: 'answers with the secret that was given',
    mutation: keys((inner) => ({ keep: async (subject, secret) => (await inner.keep(subject, secret), secret) })),
    caught: ['keys: the first secret', 'keys: of those'],
  },
  {
    name: 'looks for a secret, and keeps one later',
    mutation: keys((inner) => ({
      keep: async (subject, secret) => {
        const held = (await inner.load([subject])).get(subject);
        await new Promise(setImmediate);
        if (held !== undefined) return held;
        await inner.forget(subject);
        return inner.keep(subject, secret);
      },
    })),
    caught: ['keys: of those'],
  },
  {
    name: 'keeps secrets in its own memory',
    mutation: keys(() => {
      const own = new Map<string, string>();
      return {
        load: async (subjects) => new Map(subjects.flatMap((one) => (own.has(one) ? [[one, own.get(one)!]] : []))),
        keep: async (subject, secret) => (own.set(subject, own.get(subject) ?? secret), own.get(subject)!),
        forget: async (subject) => void own.delete(subject),
      };
    }),
    caught: ['keys: of those', 'keys: what one connection', 'durable: a secret'],
  },
  {
    name: 'loads from a cache that other connections do not refresh',
    mutation: keys((inner) => {
      const seen = new Map<string, string>();
      return {
        load: async (subjects) => {
          for (const [subject, secret] of await inner.load(subjects.filter((one) => !seen.has(one)))) seen.set(subject, secret);
          return new Map(subjects.flatMap((one) => (seen.has(one) ? [[one, seen.get(one)!]] : [])));
        },
        forget: async (subject) => (seen.delete(subject), inner.forget(subject)),
      };
    }),
    caught: ['keys: what one connection'],
  },
  {
    name: 'does not forget',
    mutation: keys(() => ({ forget: async () => undefined })),
    caught: ['keys: a forgotten', 'keys: what one connection', 'durable: a secret'],
  },
  {
    name: 'cannot forget what never was',
    mutation: keys((inner) => ({
      forget: async (subject) => {
        if ((await inner.load([subject])).size === 0) throw new Error('no such subject');
        await inner.forget(subject);
      },
    })),
    caught: ['keys: a forgotten'],
  },
  {
    name: 'forgets by pattern',
    mutation: keys((inner) => ({
      forget: async (subject) => {
        for (const one of subject === '%' ? ['A', '0', '%'] : [subject]) await inner.forget(one);
      },
    })),
    caught: ['keys: a forgotten'],
  },
  {
    name: 'keeps nothing for a subject that was forgotten once',
    mutation: keys((inner) => {
      const gone = new Set<string>();
      return {
        forget: async (subject) => (gone.add(subject), inner.forget(subject)),
        keep: (subject, secret) => (gone.has(subject) ? inner.keep('nobody', secret) : inner.keep(subject, secret)),
        load: async (subjects) => inner.load(subjects.filter((one) => !gone.has(one))),
      };
    }),
    caught: ['keys: a forgotten', 'keys: what one connection'],
  },
  {
    name: 'repairs subjects and secrets',
    mutation: keys((inner) => ({
      keep: (subject, secret) => inner.keep(sound(subject) ? subject : 'repaired', sound(secret) ? secret : 'AAAA'),
      forget: (subject) => inner.forget(sound(subject) ? subject : 'repaired'),
    })),
    caught: ['keys: a subject or a secret'],
  },
  {
    name: 'loads 1,000 secrets at the most',
    mutation: keys((inner) => ({ load: (subjects) => inner.load(subjects.slice(0, 1_000)) })),
    caught: ['keys: 2,000 subjects'],
  },
];
