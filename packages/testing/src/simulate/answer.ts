/** What a caller is told, as one text. */
export function answerText(version: number, events: readonly string[]): string {
  return `version ${version}: ${events.join(', ') || 'nothing'}`;
}
