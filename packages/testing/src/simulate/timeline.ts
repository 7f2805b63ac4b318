/** One line of what happened. */
export interface Moment {
  readonly at: number;
  readonly who: string;
  readonly what: string;
}

const LINES = 120;

/** What happened, one line each, with a column for each participant. */
export function timeline(story: readonly Moment[]): string {
  const names = [...new Set(story.map(({ who }) => who))];
  const lanes = names.map((name) => ' '.repeat(name.length));
  const head = `${'ms'.padStart(8)}  ${names.join('  ')}`;
  const lines = story.map(({ at, who, what }) => {
    const lane = lanes.map((blank, i) => (names[i] === who ? who : blank)).join('  ');
    return `${String(Math.round(at)).padStart(8)}  ${lane}  ${what}`;
  });
  if (lines.length <= LINES) return [head, ...lines].join('\n');
  const cut = lines.length - LINES;
  return [head, ...lines.slice(0, LINES / 2), `${' '.repeat(10)}… ${cut} lines left out …`, ...lines.slice(LINES / 2 + cut)].join('\n');
}
