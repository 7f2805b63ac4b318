import { checkName, checkSecret } from '../limits';
import type { Keys } from '../port';

/** Secrets of the memory store; `mustBeOpen` throws once the store is closed. */
export function memoryKeys(mustBeOpen: () => void): Keys {
  const secrets = new Map<string, string>();
  return {
    load: async (subjects) => {
      mustBeOpen();
      const found = new Map<string, string>();
      for (const subject of subjects) {
        const secret = secrets.get(subject);
        if (secret !== undefined) found.set(subject, secret);
      }
      return found;
    },
    keep: async (subject, secret) => {
      mustBeOpen();
      checkName('subject', subject);
      checkSecret(secret);
      const held = secrets.get(subject) ?? secret;
      secrets.set(subject, held);
      return held;
    },
    forget: async (subject) => {
      mustBeOpen();
      checkName('subject', subject);
      secrets.delete(subject);
    },
  };
}
