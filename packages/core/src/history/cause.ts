/** Names commands as the source of a cause: they come from a caller, not from a log. */
export const COMMAND_SOURCE = 'command';

/** The input that led to a row. `position` is 0 where `source` is the caller of a command. */
export interface Cause {
  readonly id: string;
  readonly source: string;
  readonly position: number;
}

export function causeKey({ source, position }: Cause): string {
  return `${source}@${position}`;
}
