import { checkName, checkSecret } from '../limits';
import type { Keys } from '../port';

/** Secrets of the memory store; `mustBeOpen` throws once the store is closed. */
export function memoryKeys(mustBeOpen: () => void): Keys {
  const secrets = new Map<string, string>();
  const deleted = new Set<string>();
  return {
    load: async (subjects) => {
      mustBeOpen();
      return new Map(subjects.filter((subject) => secrets.has(subject)).map((subject) => [subject, secrets.get(subject) as string]));
    },
    keep: async (subject, secret) => {
      mustBeOpen();
      checkName('subject', subject);
      checkSecret(secret);
      const held = secrets.get(subject) ?? secret;
      secrets.set(subject, held);
      deleted.delete(subject);
      return held;
    },
    forget: async (subject) => {
      mustBeOpen();
      checkName('subject', subject);
      if (secrets.delete(subject)) deleted.add(subject);
    },
    forgotten: async (subjects) => {
      mustBeOpen();
      return new Set(subjects.filter((subject) => deleted.has(subject)));
    },
  };
}
