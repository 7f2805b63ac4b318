/**
 * Regular expressions of clients, matched in time that is bounded by the lengths of pattern and text: all ways to match are followed
 * side by side, as Ken Thompson's algorithm does, so that no client's filter can stop the server for everybody.
 */

/** One step of a program. `to` are the steps that follow it; the last step of a program is a match. */
interface Step {
  /** Takes one UTF-16 unit that it accepts; without it, the step takes none. */
  readonly takes?: (unit: string) => boolean;
  /** Whether it may be passed at this place. */
  readonly passes?: (text: string, at: number) => boolean;
  readonly to: number[];
}

const MAX_STEPS = 2_000;
/** A lookahead is followed from each place in a text. */
const MAX_LOOKAHEAD_STEPS = 64;
const TOKEN =
  /\\u[\da-fA-F]{4}|\\x[\da-fA-F]{2}|\\c[A-Za-z]|\\[^]|\[(?:\\[^]|[^\]\\])*\]|\(\?(?:[:=!]|<[A-Za-z_$][\w$]*>)|[*+?]\??|\{\d+(?:,\d*)?\}\??|[^]/gy;

/** As `RegExp.test`, of JavaScript's syntax without backreferences and lookbehind. @throws Error that says what it does not take */
export function boundedRegex(source: string): (text: string) => boolean {
  new RegExp(source); // throws for what is no regular expression
  return programOf(new Parser(source.match(TOKEN) ?? []), false);
}

class Parser {
  readonly steps: Step[] = [];
  private next = 0;

  constructor(
    private readonly tokens: readonly string[],
    private readonly isLookahead = false,
  ) {}

  get token(): string | undefined {
    return this.tokens[this.next];
  }

  /** Adds the steps of alternatives, up to a closing bracket; each ends with a step to what follows. */
  alternatives(): void {
    const fork = this.add({ to: [] });
    const ends: number[] = [];
    do {
      if (this.token === '|') this.next++;
      this.steps[fork]?.to.push(this.steps.length);
      while (this.token !== undefined && this.token !== '|' && this.token !== ')') this.repeated();
      ends.push(this.add({ to: [] }));
    } while (this.token === '|');
    for (const end of ends) this.steps[end]?.to.push(this.steps.length);
  }

  private add(step: Step): number {
    if (this.steps.length >= (this.isLookahead ? MAX_LOOKAHEAD_STEPS : MAX_STEPS)) throw new Error('it is too large');
    return this.steps.push(step) - 1;
  }

  /** An atom and its quantifier: its steps are written once for each time that it must or may occur. */
  private repeated(): void {
    const begin = this.next;
    const first = this.steps.length;
    this.atom();
    const [, least, comma, most] = /^\{(\d+)(,?)(\d*)\}/.exec(this.token ?? '') ?? [];
    const quantifier = least === undefined ? (this.token?.[0] ?? '') : '{';
    if (!/^[*+?{]$/.test(quantifier)) return;
    if (quantifier === '{' && least === undefined) return;
    const min = quantifier === '{' ? Number(least) : quantifier === '+' ? 1 : 0;
    const max = quantifier === '?' ? 1 : quantifier !== '{' || (comma && !most) ? Infinity : Number(comma ? most : least);
    this.steps.length = first;
    for (let i = 0; i < min; i++) this.again(begin);
    if (max === Infinity) {
      const loop = this.add({ to: [this.steps.length + 1] });
      this.again(begin);
      this.add({ to: [loop] });
      this.steps[loop]?.to.push(this.steps.length);
    } else {
      const forks: number[] = [];
      for (let i = min; i < max; i++) {
        forks.push(this.add({ to: [this.steps.length + 1] }));
        this.again(begin);
      }
      for (const fork of forks) this.steps[fork]?.to.push(this.steps.length);
    }
    if (min === 0 && max === 0) this.again(begin, true);
    this.next++;
  }

  private again(begin: number, dropped = false): void {
    const [end, size] = [this.next, this.steps.length];
    this.next = begin;
    this.atom();
    if (dropped) this.steps.length = size;
    this.next = end;
  }

  private atom(): void {
    const token = this.tokens[this.next++] as string;
    const to = [this.steps.length + 1];
    if (token === '^') this.add({ passes: (_, at) => at === 0, to });
    else if (token === '$') this.add({ passes: (text, at) => at === text.length, to });
    else if (/^\\b$/i.test(token)) this.add({ passes: (text, at) => isBoundary(text, at) === (token === '\\b'), to });
    else if (token === '(?=' || token === '(?!') this.lookahead(token === '(?!');
    else if (token === '(' && this.token?.startsWith('?')) throw new Error('it has a lookbehind, or a group of another kind');
    else if (token.startsWith('(')) {
      this.alternatives();
      this.next++;
    } else if (/^\\[1-9k]$/.test(token)) throw new Error('it refers back to a group');
    else {
      const one = new RegExp(`^(?:${token === '/' || token === '-' ? token : /^[{}\]]$/.test(token) ? `\\${token}` : token})$`);
      this.add({ takes: (unit) => one.test(unit), to });
    }
  }

  private lookahead(isNegative: boolean): void {
    if (this.isLookahead) throw new Error('it has a lookahead within another');
    const inner = new Parser(this.tokens.slice(this.next), true);
    const matches = programOf(inner, true);
    this.next += inner.next + 1;
    this.add({ passes: (text, at) => matches(text, at) !== isNegative, to: [this.steps.length + 1] });
  }
}

function isBoundary(text: string, at: number): boolean {
  const isWord = (unit = ''): boolean => /^\w$/.test(unit);
  return isWord(text[at - 1]) !== isWord(text[at]);
}

/** `isHere`: a match must begin at the place that is given. */
function programOf(parser: Parser, isHere: boolean): (text: string, from?: number) => boolean {
  parser.alternatives();
  const { steps } = parser;
  return (text, from = 0) => {
    let here: number[] = [];
    for (let at = from; ; at++) {
      const seen = new Set<number>();
      const taking: number[] = [];
      const open = !isHere || at === from ? [...here, 0] : here;
      for (let step = open.pop(); step !== undefined; step = open.pop()) {
        if (seen.has(step)) continue;
        seen.add(step);
        const { takes, passes, to } = steps[step] ?? { to: undefined };
        if (to === undefined) return true;
        if (takes) taking.push(step);
        else if (passes?.(text, at) !== false) open.push(...to);
      }
      if (at >= text.length || (isHere && taking.length === 0)) return false;
      here = taking.filter((step) => steps[step]?.takes?.(text[at] as string)).flatMap((step) => steps[step]?.to ?? []);
    }
  };
}
