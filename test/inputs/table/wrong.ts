/** One wrong use or input. The same entry is run by the tests and printed into packages/waybill/ERRORS.md. */
export interface Wrong {
  /** What is done wrong, as a reader of the documents is told. */
  readonly what: string;
  readonly code: string;
  /** What the message must name: the value, and where it stands. */
  readonly names: readonly string[];
  /** Does it for real. What it throws, or the text that it answers, is what was told. */
  readonly run: (scene: Scene) => unknown;
}

export interface Scene {
  /** A folder of this case alone, empty before and deleted afterwards. */
  readonly folder: string;
}

/** Stands in payloads, passwords and other texts that no message may show. */
export const SECRET = 'hunter2';

export interface Told {
  readonly code: string;
  readonly what: string;
  readonly fix: string;
  readonly text: string;
}

/** @throws Error unless something was told, and in the form that every message has. */
export async function told(run: () => unknown): Promise<Told> {
  const text = await textOf(run);
  const [, code, what, fix] = /^([A-Z][A-Z_]+): ([^]+)\. Fix: ([^]+)\.$/.exec(text) ?? [];
  if (code === undefined || what === undefined || fix === undefined) throw new Error(`no coded message: ${text}`);
  return { code, what, fix, text };
}

async function textOf(run: () => unknown): Promise<string> {
  let answer: unknown;
  try {
    answer = await run();
  } catch (error) {
    const { code, message, stack = '' } = error as Error & { code?: unknown };
    if (typeof code !== 'string' || !message.startsWith(`${code}: `))
      throw new Error(`an error without a code: ${stack}`, { cause: error });
    return message;
  }
  if (typeof answer === 'string') return answer;
  throw new Error('nothing was told: the wrong use went through');
}
