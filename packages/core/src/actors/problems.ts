import { WaybillError, describe } from '../base/errors';
import type { Declaration } from './declaration';

type Kinds = readonly Declaration['kind'][];
/** One row of the table: how classes of some kinds can break it. It raises no other codes than these. */
export interface Rule {
  readonly codes: readonly string[];
  readonly kinds: Kinds;
  readonly problems: (declaration: Declaration) => readonly WaybillError[];
}

/** `wrong` says what is wrong, with the value: one text for each time that the class breaks the rule. */
export function rule(code: string, kinds: Kinds, fix: string, wrong: (declaration: Declaration) => string | readonly string[]): Rule {
  const problems = (declaration: Declaration): WaybillError[] =>
    [wrong(declaration)].flat().map((what) => new WaybillError(code, `${what} (${declaration.className})`, fix));
  return { codes: [code], kinds, problems };
}

/** A rule that is kept elsewhere, as a check that throws: each of `checks` is run. */
export function checkedBy(codes: readonly string[], kinds: Kinds, checks: (declaration: Declaration) => readonly (() => unknown)[]): Rule {
  return { codes, kinds, problems: (declaration) => checks(declaration).flatMap((check) => thrownBy(check, declaration.className)) };
}

/** Code of the class may throw anything: that is a problem of the class as well. */
function thrownBy(check: () => unknown, className: string): readonly WaybillError[] {
  try {
    check();
    return [];
  } catch (error) {
    if (error instanceof WaybillError) return [error];
    const fix = 'make it run without other actors, files or network';
    return [new WaybillError('DEFINITION_FAILED', `${className}: ${describe(error)}`, fix, { cause: error })];
  }
}

/** @throws WaybillError the problem, or `DEFINITION_INVALID` with all of them */
export function refuseProblems(rules: readonly Rule[], declaration: Declaration): void {
  const problems = rules.filter(({ kinds }) => kinds.includes(declaration.kind)).flatMap((row) => row.problems(declaration));
  const [first, second] = problems;
  if (first && !second) throw first;
  if (first)
    throw new WaybillError(
      'DEFINITION_INVALID',
      `${problems.length} problems in ${declaration.className}:\n  ${problems.map((p) => p.message).join('\n  ')}\n`,
      'correct each of them',
    );
}
