/** A test that this machine cannot run: the reason is part of the title, and `npm test` lists it at the end. */
export function skipAloud(title: string, reason: string): void {
  test.skip(`${title} (skipped: ${reason})`, () => undefined);
}
